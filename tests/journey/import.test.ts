/** Real continuous glucose readings go into a study from the command line, beside the running server. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Caller, openInvitation, signIn } from '../setup/clients.ts';
import { type ServerProcess, startServer } from '../setup/server-process.ts';
import { GLUCOSE, OMH, type Resource, type Searchset } from './fhir-upload.ts';
import {
  DUE,
  figures,
  GLUCOSE_STUDY,
  HALL,
  HALL_PATIENTS,
  HALL_READINGS,
  importCgm,
  stored,
} from './import-run.ts';

let server: ServerProcess;
let mark: Caller;
let files: string;
beforeAll(async () => {
  files = mkdtempSync(join(tmpdir(), 'jhe-import-'));
  server = await startServer();
  mark = await signIn(server.site, 'manager_mark@example.com');
});
afterAll(async () => {
  await server?.close();
  rmSync(files, { recursive: true, force: true });
});

const totalOf = async (query: string) =>
  (await mark.get<Searchset>(`/FHIR/R5/Observation?_summary=count&${query}`)).body.total;
const ofStudy = `patient._has:Group:member:_id=${GLUCOSE_STUDY}`;

describe.skipIf(HALL === undefined)('a file of 34,890 readings of 19 people', () => {
  it('comes in whole', { timeout: 120_000 }, async () => {
    const before = await totalOf(ofStudy);
    const { code, stdout, stderr } = await importCgm(server, [HALL!, ...DUE]);
    expect(code, stderr).toBe(0);
    expect(stdout).toContain('attested by manager_mark@example.com');
    expect(figures(stdout)).toEqual({
      accepted: HALL_READINGS,
      'already present': 0,
      rejected: 0,
      patients: HALL_PATIENTS,
      enrolled: HALL_PATIENTS,
      consents: HALL_PATIENTS,
    });
    expect(await stored(server)).toEqual({
      rows: HALL_READINGS,
      distinct: HALL_READINGS,
      patients: HALL_PATIENTS,
    });
    expect((await totalOf(ofStudy)) - before).toBe(HALL_READINGS);
  });

  it('adds nothing the second time', { timeout: 120_000 }, async () => {
    const { code, stdout } = await importCgm(server, [HALL!, ...DUE]);
    expect(code).toBe(0);
    expect(figures(stdout)).toMatchObject({
      accepted: 0,
      'already present': HALL_READINGS,
      enrolled: 0,
      consents: 0,
    });
    expect((await stored(server)).rows).toBe(HALL_READINGS);
  });
});

const csv = (name: string, rows: string[]) => {
  const file = join(files, name);
  writeFileSync(file, `id,time,gl\n${rows.join('\n')}\n`);
  return file;
};
const SYSTEM = 'https://example.org/trial';
const PAT = 40005;

const answer = (client: Caller, method: string, patientId: number, consented: boolean) =>
  client.call(method, `/api/v1/patients/${patientId}/consents`, {
    studyScopeConsents: [
      { studyId: GLUCOSE_STUDY, scopeConsents: [{ codingSystem: OMH, codingCode: GLUCOSE, consented }] },
    ],
  });

describe("a participant's own decision", () => {
  let pat: Caller;
  let file: string;
  const run = () => importCgm(server, [file, ...DUE, '--identifier-system', SYSTEM]);

  beforeAll(async () => {
    // Pat keeps her own record and is known to the trial as p-1; the other participant is new.
    const patch = await mark.patch(`/api/v1/patients/${PAT}?organizationId=20006`, {
      identifiers: [{ system: SYSTEM, value: 'p-1' }],
    });
    expect(patch.status, JSON.stringify(patch.body)).toBe(200);
    pat = await signIn(server.site, 'ccl_cardio_patient_pat@example.com');
    file = csv('trial.csv', [
      'p-1,2026-02-01 08:00:00,101',
      'p-2,2026-02-01 08:00:00,102',
      'p-1,2026-02-01 08:05:00,103',
    ]);
  });

  it('stands: who withdrew is not permitted again by a later import', async () => {
    expect((await answer(pat, 'PATCH', PAT, false)).status).toBe(200);
    const { code, stdout } = await run();
    expect(code).toBe(1);
    expect(figures(stdout)).toMatchObject({ accepted: 1, rejected: 2, patients: 2, consents: 1 });
    expect(stdout).toMatch(/row 2: .*not been consented/);
    expect(stdout).toMatch(/row 4: .*not been consented/);
    expect(await totalOf(`${ofStudy}&patient=${PAT}`)).toBe(0);
  });

  it('stands when it was taken back and the question is open again', async () => {
    expect((await answer(pat, 'DELETE', PAT, false)).status).toBe(204);
    const { code, stdout } = await run();
    expect(code).toBe(1);
    expect(figures(stdout)).toMatchObject({ accepted: 0, 'already present': 1, rejected: 2, consents: 0 });
    expect(await totalOf(`${ofStudy}&patient=${PAT}`)).toBe(0);
  });

  it('lets the readings in once the patient says yes, and the history tells who attested what', async () => {
    expect((await answer(pat, 'POST', PAT, true)).status).toBe(201);
    const { code, stdout } = await run();
    expect(code).toBe(0);
    expect(figures(stdout)).toMatchObject({ accepted: 2, 'already present': 1, consents: 0 });
    expect(await totalOf(`${ofStudy}&patient=${PAT}&date=2026-02-01`)).toBe(2);

    const found = await mark.get<Searchset>(`/FHIR/R5/Patient?identifier=${SYSTEM}|p-2`);
    const [{ resource } = { resource: {} as Resource }] = found.body.entry;
    const history = await mark.get<{ results: object[] }>(`/api/v1/patients/${resource.id}/consents/history`);
    expect(history.body.results).toMatchObject([
      {
        decision: 'permit',
        actorRole: 'manager',
        clientId: 'jhe-cli',
        basis: 'signed form, protocol 17',
        confirmed: false,
        code: { codingCode: GLUCOSE },
      },
    ]);
  });

  it('stands for a participant in keeping, who says no by the link', async () => {
    const found = await mark.get<Searchset>(`/FHIR/R5/Patient?identifier=${SYSTEM}|p-2`);
    const patientId = Number(found.body.entry[0]!.resource.id);
    expect(await totalOf(`${ofStudy}&patient=${patientId}`)).toBe(1);
    const invited = await mark.post<{ invitationLink: string }>('/api/v1/invitation', {
      patientId,
      clientId: 3,
    });
    const participant = await openInvitation(invited.body.invitationLink);
    expect((await answer(participant, 'PATCH', patientId, false)).status).toBe(200);
    expect(await totalOf(`${ofStudy}&patient=${patientId}`)).toBe(0);
    const { code, stdout } = await run();
    expect(code).toBe(1);
    expect(figures(stdout)).toMatchObject({ 'already present': 2, rejected: 1, consents: 0 });
    expect(stdout).toMatch(/row 3: .*not been consented/);
    expect(await totalOf(`${ofStudy}&patient=${patientId}`)).toBe(0);
  });

  it('stands when the enrolment was ended after a no: who keeps the record is asked, not enrolled', async () => {
    expect((await answer(pat, 'PATCH', PAT, false)).status).toBe(200);
    const path = `/api/v1/studies/${GLUCOSE_STUDY}/patients`;
    expect((await mark.call('DELETE', path, { patientIds: [PAT] })).status).toBe(204);
    const { code, stdout } = await run();
    expect(code).toBe(1);
    expect(figures(stdout)).toMatchObject({ rejected: 3, enrolled: 0, consents: 0 });
    expect(await totalOf(`${ofStudy}&patient=${PAT}`)).toBe(0);
  });
});
