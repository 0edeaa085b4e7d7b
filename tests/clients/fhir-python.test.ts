/**
 * fhirpy and fhir.resources from PyPI, unmodified, against the running server: a client of FHIR that asks in its own ways
 * and never looks at warnings, and models of R5 that refuse a whole Bundle for one entry. Need python3 and a package index;
 * where they cannot be reached the test skips and says why (never with CI=true).
 */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Searchset } from '../journey/fhir-upload.ts';
import { type Caller, signIn } from '../setup/clients.ts';
import { installPython, requireInstalled } from '../setup/python.ts';
import { type ServerProcess, startServer } from '../setup/server-process.ts';

const execute = promisify(execFile);
const SCRIPT = fileURLToPath(new URL('fhir-python.py', import.meta.url));
const ADA = 40006;
const PACKAGES = ['fhirpy==2.3.1', 'fhir.resources==8.3.0', 'requests==2.34.2'];

let server: ServerProcess;
let rivera: Caller;
beforeAll(async () => {
  server = await startServer();
  rivera = await signIn(server.site, 'rivera@example.com');
});
afterAll(() => server?.close());

type Report = Record<string, unknown> & { valid: Record<string, string> };

it('fhirpy finds and counts, is refused what is not understood, and every answer is valid R5', {
  timeout: 300_000,
}, async ({ skip }) => {
  const installed = requireInstalled('fhirpy', await installPython('fhir', PACKAGES), skip);
  const { stdout } = await execute(installed.python, [SCRIPT, String(ADA)], {
    env: { ...process.env, FHIR_BASE: `${server.site}/FHIR/R5`, TOKEN: rivera.token },
  });
  const { valid, ...report } = JSON.parse(stdout) as Report;
  const { body } = await rivera.get<Searchset>(`/FHIR/R5/Observation?patient=${ADA}&_summary=count`);
  const people = await rivera.get<Searchset>('/FHIR/R5/Patient?_summary=count');
  expect(report).toEqual({
    count: body.total,
    some: 7,
    first: true,
    all: people.body.total,
    few: ['code', 'effectiveDateTime', 'id', 'meta', 'resourceType', 'status'],
    unknown: ['http.value-quantity'],
    included: ['http._include'],
    // The reading is there already; another type, or a question, has no place in a batch.
    batch: ['200', '405', '405'],
  });
  expect(Object.entries(valid).filter(([, said]) => said !== 'valid')).toEqual([]);
  expect(Object.keys(valid).length).toBeGreaterThan(15);
});
