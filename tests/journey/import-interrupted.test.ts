/** An import that is cut off by kill -9, of the server or of itself, loses nothing and doubles nothing. */
import { rmSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { signIn } from '../setup/clients.ts';
import { type ServerProcess, startServer, temporaryDataDir } from '../setup/server-process.ts';
import type { Searchset } from './fhir-upload.ts';
import {
  DUE,
  figures,
  firstProgress,
  GLUCOSE_STUDY,
  HALL,
  HALL_PATIENTS,
  HALL_READINGS,
  importCgm,
  startImport,
  stored,
} from './import-run.ts';

describe.skipIf(HALL === undefined)('an import that is cut off', () => {
  let dataDir: string;
  let server: ServerProcess;
  let demoReadings: number;
  const studyTotal = async () => {
    const mark = await signIn(server.site, 'manager_mark@example.com');
    const path = `/FHIR/R5/Observation?_summary=count&patient._has:Group:member:_id=${GLUCOSE_STUDY}`;
    return (await mark.get<Searchset>(path)).body.total;
  };
  beforeAll(async () => {
    dataDir = temporaryDataDir();
    server = await startServer({ dataDir });
    demoReadings = await studyTotal();
  });
  afterAll(async () => {
    await server?.stop();
    rmSync(dataDir, { recursive: true, force: true });
  });

  it('ends with a sentence and a code when the server is killed, which starts again as it was', async () => {
    const run = startImport(server, [HALL!, ...DUE]);
    await firstProgress(run);
    server.child.kill('SIGKILL');
    expect(await run.ended).toBe(1);
    const said = run
      .stderr()
      .replace(/^\d+ of \d+ readings$/gm, '')
      .trim();
    expect(said).toMatch(/^jhe import cgm: .*database.*/);
    expect(said.split('\n')).toHaveLength(1);
    expect(said).not.toMatch(/\bat .*\.ts:\d+/);
    expect(run.stdout()).toBe('');

    server = await startServer({ dataDir });
    const { rows, distinct } = await stored(server);
    expect(rows).toBeGreaterThan(0);
    expect(rows).toBeLessThan(HALL_READINGS);
    expect(distinct).toBe(rows);
  }, 60_000);

  it('goes on after a kill of the import itself', async () => {
    const before = (await stored(server)).rows;
    const run = startImport(server, [HALL!, ...DUE]);
    await firstProgress(run);
    run.child.kill('SIGKILL');
    expect(await run.ended).toBe('SIGKILL');
    const after = await stored(server);
    expect(after.rows).toBeGreaterThanOrEqual(before);
    expect(after.distinct).toBe(after.rows);
  }, 60_000);

  it('has exactly every reading once in the end', async () => {
    const before = (await stored(server)).rows;
    const { code, stdout, stderr } = await importCgm(server, [HALL!, ...DUE]);
    expect(code, stderr).toBe(0);
    expect(figures(stdout)).toMatchObject({
      accepted: HALL_READINGS - before,
      'already present': before,
      rejected: 0,
      patients: HALL_PATIENTS,
      enrolled: 0,
    });
    expect(await stored(server)).toEqual({
      rows: HALL_READINGS,
      distinct: HALL_READINGS,
      patients: HALL_PATIENTS,
    });
    expect((await studyTotal()) - demoReadings).toBe(HALL_READINGS);
  }, 120_000);
});
