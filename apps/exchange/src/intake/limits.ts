/**
 * What a request may ask of this process before anybody has looked at what it says: the size of a body, what may be in
 * it, how many bodies are held at once, and how slowly they may come. docs/explanation/limits.md says why.
 */
import type { BodyLimits } from '../face.ts';

const KIB = 1024;
const MIB = 1024 * KIB;

/** Bodies of callers with a token, where a route does not say otherwise. */
export const ORDINARY_BODY: BodyLimits = { bytes: MIB, values: 20_000 };
/** Bodies of people who are not signed in, where a route does not say otherwise. */
export const OPEN_BODY: BodyLimits = { bytes: 64 * KIB, values: 1_000 };
/** Forms, whoever sends them. */
export const FORM_BYTES = 64 * KIB;
/** Objects and lists inside each other. */
export const MAX_DEPTH = 64;

/** Requests of one connection that are not answered yet. Browsers and the usual clients send one after the other. */
export const MOST_OF_CONNECTION = 16;

/** What this process holds at once. */
export type Capacity = Readonly<{
  /** Bodies of all requests that are not answered yet, in bytes as they were sent. */
  bytes: number;
  /** Of these, one caller's; so that no one caller keeps all others out. */
  bytesOfCaller: number;
  /** Of these, those of all people together who are not signed in. */
  bytesOfAnyone: number;
  /** Requests of one caller that are not answered yet, those included whose answer is not taken. */
  requestsOfCaller: number;
}>;

/** A batch takes about 20 times its size while it is carried out, so two large ones at once are what 600 MB allow. */
export const CAPACITY: Capacity = {
  bytes: 20 * MIB,
  bytesOfCaller: 12 * MIB,
  bytesOfAnyone: 2 * MIB,
  requestsOfCaller: 32,
};

/** How slowly a body may come. Ticks and not times: a process that was busy itself has seen few of them. */
export type Pace = Readonly<{
  tickMs: number;
  /** Ticks without a byte. */
  idleTicks: number;
  /** Ticks for a body of no size; each `bytesPerTick` of its size give one more. */
  totalTicks: number;
  bytesPerTick: number;
  /** Ticks after the answer in which the rest of a body that nobody reads may still come. */
  lingerTicks: number;
  /** Ticks in which an answer of no size must be taken; each `takenPerTick` of its bytes give one more. */
  takeTicks: number;
  takenPerTick: number;
}>;

export const PACE: Pace = {
  tickMs: 1000,
  idleTicks: 10,
  totalTicks: 30,
  bytesPerTick: 64 * KIB,
  lingerTicks: 5,
  takeTicks: 30,
  takenPerTick: 16 * KIB,
};
