/**
 * jupyterhealth-client from PyPI, unmodified, where a list is longer than the page of those who ask for pages: versions before
 * 0.4 read the first page and never the next. It is given an API key, as a notebook that is to run for longer than a token.
 */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { signIn } from '../setup/clients.ts';
import { type IdentityWorld, openIdentityWorld, RIVERA } from '../setup/identity-world.ts';
import { installPython, requireInstalled } from '../setup/python.ts';

const execute = promisify(execFile);
const SCRIPT = `
import json
from jupyterhealth_client import JupyterHealthClient

ids = [patient["id"] for patient in JupyterHealthClient().list_patients()]
print(json.dumps([len(ids), len(set(ids))]))
`;
const MORE = 1102;

let world: IdentityWorld;
let key: string;
beforeAll(async () => {
  world = await openIdentityWorld();
  const rivera = await signIn(world.site, RIVERA.email);
  key = (await rivera.post<{ key: string }>('/api/v1/practitioner_clients', { label: 'notebook' })).body.key;
  await world.database.owner.query(
    `with made as (
       insert into patient (name_family, keeper_organization_id) select 'P' || n, 20009 from generate_series(1, $1) n
       returning id)
     insert into patient_organization (patient_id, organization_id) select id, 20009 from made`,
    [MORE],
  );
});
afterAll(() => world?.close());

it.for(['0.2.0', '0.5.0'])(
  '%s lists every patient, with an API key in JHE_TOKEN',
  { timeout: 300_000 },
  async (version, { skip }) => {
    const { python } = requireInstalled(
      `jupyterhealth-client ${version}`,
      await installPython(`client-${version}`, [`jupyterhealth-client==${version}`]),
      skip,
    );
    const { stdout } = await execute(python, ['-c', SCRIPT], {
      env: { ...process.env, JHE_URL: world.site, JHE_TOKEN: key },
    });
    expect(JSON.parse(stdout)).toEqual([MORE + 1, MORE + 1]);
  },
);
