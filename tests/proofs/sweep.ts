/** How a route is called by the canary sweep, and what its probes ask for. */
import { codes, patients, studies } from '../worlds/two-organizations.ts';
import { type MarkerKind, observationId } from './marked-world.ts';

export type Probe = Readonly<{
  url: string;
  body?: unknown;
  form?: Record<string, string>;
  /** Refused to everybody, and that is the point: nobody may, or nobody asked. */
  isClosed?: boolean;
}>;

/** People who are entitled to something; what they see proves that the probes ask for something. */
export type Entitled = 'ada' | 'ben' | 'cleo' | 'rivera' | 'mo' | 'root' | 'hana';

export type Sweep = Readonly<{
  probes: readonly Probe[];
  /** The status that some entitled person gets for each probe; 2xx when not given. */
  answers?: number;
  /** Kinds of markers that these people must see here. */
  shows?: Readonly<Partial<Record<Entitled, readonly MarkerKind[]>>>;
  /** Counts, totals and lists here are of readings: they are 0 for whoever may read none of the patients. */
  countsReadings?: boolean;
}>;

/** Probes without a body. */
export const get = (...urls: string[]): readonly Probe[] => urls.map((url) => ({ url }));
export const each = (ids: readonly number[], url: (id: number) => string, body?: unknown): readonly Probe[] =>
  ids.map((id) => ({ url: url(id), ...(body === undefined ? {} : { body }) }));

export const VICTIMS = [patients.ada, patients.ben, patients.cleo];
export const STUDIES = [studies.glucose, studies.sleep];
export const READINGS = [
  observationId(patients.ada, codes.glucose),
  observationId(patients.ada, codes.sleep),
  observationId(patients.ben, codes.glucose),
  observationId(patients.cleo, codes.sleep, 1),
];
