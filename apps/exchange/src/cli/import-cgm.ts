/** `jhe import cgm`: continuous glucose readings from a CSV file, through the same rules as every other upload. */
import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { findMeasure } from '@jhe/omh';
import type { Config } from '../config.ts';
import { type ImportReport, importReadings } from '../operations/import-readings.ts';
import * as imports from '../store/import-targets.ts';
import { cgmReadings } from './cgm-file.ts';
import type { Command } from './main.ts';
import { openBehindGate } from './open.ts';
import { startProgress } from './progress.ts';
import { UsageError } from './usage.ts';

const HELP = `Usage: jhe import cgm <file.csv> --study <id> --time-zone <zone> --consent-basis "<text>" [options]

Reads a CSV file with the columns id, time and gl (more are ignored): the participant, the local time
as 2026-01-31 07:05:00, and the glucose value. Finds or makes the organization's record of each participant, enrols
it in the study, records the consent that you attest for blood glucose where none was answered yet, checks and stores
the readings. A participant who keeps their own record is asked instead. Running it again adds nothing; a run that was
cut off goes on where it stopped.

  --study <id>              the study; it must request blood glucose
  --time-zone <zone>        where the sensors' clocks stood, as in America/Los_Angeles
  --consent-basis "<text>"  on what ground the patients' consent is recorded, as in "signed form, protocol 17"
  --unit <unit>             mg/dL (default) or mmol/L
  --data-source <id>        the sensor; default: the study's only data source that supports blood glucose
  --identifier-system <uri> the system of the participants' ids; default: one of the study's own
  --as <e-mail>             the manager of the study's organization who attests; default: its first one
  --rejected <file>         write every rejected row, with its reason, to this CSV file
`;

export const importCgm: Command = {
  words: ['import', 'cgm'],
  summary: 'Load continuous glucose readings from a CSV file into a study.',
  async run(args, config) {
    if (args.includes('--help')) {
      process.stdout.write(HELP);
      return 0;
    }
    return run(readOptions(args), config);
  },
};

type Options = Readonly<{
  file: string;
  study: number;
  timeZone: string;
  consentBasis: string;
  unit: 'mg/dL' | 'mmol/L';
  dataSource: number | null;
  identifierSystem: string;
  as: string | null;
  rejected: string | null;
}>;

async function run(options: Options, config: Config): Promise<number> {
  // The file is read to its end before anything is written: a file that is no such file changes nothing.
  const file = await cgmReadings(options.file, { timeZone: options.timeZone, unit: options.unit });
  if (options.rejected !== null) await writeRejected(options.rejected, file.rejected);
  const opened = await openBehindGate(config);
  try {
    const target = await opened.system('operator', (sight) =>
      imports.findTarget(sight, { studyId: options.study, operatorEmail: options.as }),
    );
    if (!target) throw new Error(`--study: there is no study ${options.study}.`);
    const operator =
      target.operatorUserId === null
        ? null
        : await opened.gate.identify(target.operatorUserId, 'jhe-cli', [
            { context: 'user', type: '*', letters: 'cruds' },
          ]);
    if (!operator) {
      throw new Error(
        options.as === null
          ? "The study's organization has no manager to act as; name one with --as."
          : "--as: no active manager of the study's organization has this address.",
      );
    }
    const progress = startProgress(file.readings.length, 'readings');
    const report = await opened
      .aloneOr(
        `import ${options.study}`,
        `Another import into study ${options.study} is running; once it has ended, run this one again.`,
        () =>
          importReadings(opened.gate, operator, {
            studyId: options.study,
            organizationId: target.organizationId,
            measure: findMeasure('https://w3id.org/openmhealth', 'omh:blood-glucose:4.0')!,
            dataSourceId: options.dataSource,
            identifierSystem: options.identifierSystem,
            consentBasis: options.consentBasis,
            readings: file.readings,
            onProgress: progress.update,
          }),
      )
      .finally(() => progress.stop());
    return summarize(report, file.rejected, target.operatorEmail ?? '', options);
  } finally {
    await opened.close();
  }
}

async function summarize(
  report: ImportReport,
  unreadable: readonly RejectedRow[],
  operatorEmail: string,
  options: Options,
): Promise<number> {
  const rejected = [...unreadable, ...report.rejected].sort((a, b) => a.row - b.row);
  const line = (label: string, value: string | number) => `  ${label.padEnd(16)} ${value}\n`;
  process.stdout.write(
    [
      `Imported into study ${options.study}, attested by ${operatorEmail}:\n`,
      line('accepted', report.accepted),
      line('already present', report.present),
      line('rejected', rejected.length),
      line('patients', `${report.patients} (${report.patientsAdded} new)`),
      line('enrolled', report.enrolled),
      line('consents', `${report.consentsRecorded} recorded on the patients' behalf`),
    ].join(''),
  );
  const SHOWN = 20;
  for (const { row, reason } of rejected.slice(0, SHOWN)) process.stdout.write(`  row ${row}: ${reason}\n`);
  if (rejected.length > SHOWN)
    process.stdout.write(`  ... and ${rejected.length - SHOWN} more (see --rejected).\n`);
  if (options.rejected !== null) await writeRejected(options.rejected, rejected);
  return rejected.length === 0 ? 0 : 1;
}

/** Written before the import too, so that a place that cannot be written to is known before anything is stored. */
async function writeRejected(path: string, rejected: readonly RejectedRow[]): Promise<void> {
  const rows = rejected.map(({ row, reason }) => `${row},"${reason.replaceAll('"', '""')}"\n`);
  try {
    await writeFile(path, `row,reason\n${rows.join('')}`);
  } catch (error) {
    throw new Error(`--rejected: ${path} cannot be written (${(error as { code?: string }).code}).`);
  }
}

type RejectedRow = Readonly<{ row: number; reason: string }>;

function readOptions(args: readonly string[]): Options {
  const { values, positionals } = parse(args);
  const [file, ...more] = positionals;
  if (!file || more.length > 0) throw new UsageError(`name one CSV file.\n\n${HELP}`);
  const required = (name: 'study' | 'time-zone' | 'consent-basis'): string => {
    const value = values[name]?.trim();
    if (!value) throw new UsageError(`--${name} is required.\n\n${HELP}`);
    return value;
  };
  const study = integer('--study', required('study'));
  const timeZone = required('time-zone');
  if (!isTimeZone(timeZone))
    throw new UsageError('--time-zone: not a time zone name such as America/Los_Angeles.');
  const unit = values.unit ?? 'mg/dL';
  if (unit !== 'mg/dL' && unit !== 'mmol/L') throw new UsageError('--unit: must be mg/dL or mmol/L.');
  const consentBasis = required('consent-basis');
  if (consentBasis.length > 1000) throw new UsageError('--consent-basis: at most 1,000 characters.');
  return {
    file,
    study,
    timeZone,
    consentBasis,
    unit,
    dataSource: values['data-source'] === undefined ? null : integer('--data-source', values['data-source']),
    identifierSystem:
      values['identifier-system'] ?? `https://jupyterhealth.org/fhir/identifier/study/${study}/participant`,
    as: values.as ?? null,
    rejected: values.rejected ?? null,
  };
}

function parse(args: readonly string[]) {
  const option = { type: 'string' } as const;
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        study: option,
        'time-zone': option,
        'consent-basis': option,
        unit: option,
        'data-source': option,
        'identifier-system': option,
        as: option,
        rejected: option,
      },
    });
  } catch (error) {
    throw new UsageError(`${(error as Error).message}\n\n${HELP}`);
  }
}

function integer(name: string, text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new UsageError(`${name}: must be a number.`);
  return Number(text);
}

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
