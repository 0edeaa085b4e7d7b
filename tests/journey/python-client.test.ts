/**
 * The public Python client from PyPI, unmodified, against the running server: what existing notebooks call. Needs
 * python3 and a package index; where they cannot be reached the tests skip and say why (never with CI=true).
 */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Caller, signIn } from '../setup/clients.ts';
import { installPython, requireInstalled } from '../setup/python.ts';
import { type ServerProcess, startServer } from '../setup/server-process.ts';
import { GLUCOSE, OMH, type Searchset } from './fhir-upload.ts';

const execute = promisify(execFile);
const SCRIPT = fileURLToPath(new URL('python-client.py', import.meta.url));
const ADA = 40006;
const STUDY = 30006;

let server: ServerProcess;
let rivera: Caller;
beforeAll(async () => {
  server = await startServer();
  rivera = await signIn(server.site, 'rivera@example.com');
});
afterAll(() => server?.close());

type Report = Record<string, unknown> & { glucose_rows: number };

// 0.5.0 is the newest; 0.2.0 is pinned in public hub images, calls the lower-case path, and reads first pages only.
describe.for(['0.5.0', '0.2.0'])('jupyterhealth-client %s', (version) => {
  it('reads people, studies, consents and readings', { timeout: 300_000 }, async ({ skip }) => {
    const installed = requireInstalled(
      `jupyterhealth-client ${version}`,
      await installPython(`client-${version}`, [`jupyterhealth-client==${version}`]),
      skip,
    );
    const { stdout } = await execute(installed.python, [SCRIPT, String(ADA), String(STUDY)], {
      env: { ...process.env, JHE_URL: server.site, JHE_TOKEN: rivera.token },
    });
    const report = JSON.parse(stdout) as Report;

    const counted = await rivera.get<Searchset>(
      `/FHIR/R5/Observation?patient=${ADA}&code=${OMH}|${GLUCOSE}&_summary=count`,
    );
    expect(counted.body.total).toBeGreaterThan(3500);
    expect(report).toMatchObject({
      email: 'rivera@example.com',
      patients: [ADA],
      patient: 'Marlow',
      studies: [STUDY],
      study: 'Riverside Metabolic Clinic',
      root: 'ROOT',
      consented: [
        'ieee:food-entry:0.1',
        'omh:blood-glucose:4.0',
        'omh:heart-rate:2.0',
        'omh:physical-activity:1.2',
      ],
      pending: 1,
      sources: 8,
      glucose_rows: counted.body.total,
      glucose_study_rows: counted.body.total,
      glucose_numbers: counted.body.total,
      glucose_units: ['mg/dL'],
      glucose_patients: [`Patient/${ADA}`],
      // Ada keeps her sleep to herself.
      sleep_rows: 0,
    });
    expect(report.paths).toContainEqual(['ROOT', 'Riverside Metabolic Clinic']);
    // Local times keep the offset they were sent with: readings fall on every hour of the day.
    expect(report.hours).toEqual(Array.from({ length: 24 }, (_, hour) => hour));
  });
});
