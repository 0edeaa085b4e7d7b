/** `jhe import cgm` as a process beside a running server, and a look at what it left in the database. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { holderOf } from '../../apps/exchange/src/database/embedded/lock.ts';
import { type Run, runProgram, type ServerProcess } from '../setup/server-process.ts';

/** Real readings (Hall et al. 2018), kept beside the checkout and not part of it; undefined where they are absent. */
export const HALL = [fileURLToPath(new URL('../../../shared/data/cgm/hall2018.csv', import.meta.url))].find(
  existsSync,
);
export const HALL_READINGS = 34_890;
export const HALL_PATIENTS = 19;
if (HALL === undefined) {
  console.error(
    'Skipped: the imports of real readings, because shared/data/cgm/hall2018.csv is not beside the checkout.',
  );
}

/** The study of the demo world that asks for glucose alone; its first manager is manager_mark@example.com. */
export const GLUCOSE_STUDY = 30003;
export const DUE = [
  '--study',
  String(GLUCOSE_STUDY),
  '--time-zone',
  'America/Los_Angeles',
  '--consent-basis',
  'signed form, protocol 17',
];

type Where = Pick<ServerProcess, 'dataDir'>;

/** Starts the import itself, without the launcher, so that a kill -9 hits it. */
export function startImport({ dataDir }: Where, args: readonly string[]): Run {
  return runProgram('apps/exchange/src/cli/main.ts', ['import', 'cgm', ...args], { JHE_DATA_DIR: dataDir });
}

export type Imported = { code: number | string; stdout: string; stderr: string };

/** Runs an import to its end, as `npx jhe import cgm ...` does. */
export async function importCgm({ dataDir }: Where, args: readonly string[]): Promise<Imported> {
  const run = runProgram('bin/jhe.mjs', ['import', 'cgm', ...args], { JHE_DATA_DIR: dataDir });
  return { code: await run.ended, stdout: run.stdout(), stderr: run.stderr() };
}

/** The numbers of a report by their labels. */
export function figures(stdout: string): Record<string, number> {
  return Object.fromEntries(
    [...stdout.matchAll(/^ {2}(\w[\w ]*?) {2,}(\d+)/gm)].map(([, label = '', count]) => [
      label,
      Number(count),
    ]),
  );
}

/** Waits until an import says that readings are stored; fails when it ends before. */
export function firstProgress(run: Run): Promise<void> {
  return new Promise((resolve, reject) => {
    run.child.stderr!.on('data', () => {
      if (/\d+ of \d+ readings/.test(run.stderr())) resolve();
    });
    run.ended.then((code) => reject(new Error(`the import ended with ${code}: ${run.stderr()}`)));
  });
}

/** What the importer's patients have in the database, read as its owner. */
export async function stored({
  dataDir,
}: Where): Promise<{ rows: number; distinct: number; patients: number }> {
  const holder = holderOf(dataDir);
  const client = new pg.Client({
    connectionString: `postgresql://postgres@localhost/postgres?host=${encodeURIComponent(holder!.host!)}&port=${holder!.port}`,
  });
  await client.connect();
  try {
    const { rows } = await client.query<{ rows: number; distinct: number; patients: number }>(
      `select count(*)::int as rows, count(distinct (o.patient_id, o.effective_start))::int as distinct,
         count(distinct o.patient_id)::int as patients
       from observation o join patient_identifier i on i.patient_id = o.patient_id
       where i.system = $1`,
      [`https://jupyterhealth.org/fhir/identifier/study/${GLUCOSE_STUDY}/participant`],
    );
    return rows[0]!;
  } finally {
    await client.end();
  }
}
