import { cosOfTurns, exp, ln } from './elementary.ts';

/** Randomness that is a function of its key alone: the same key gives the same draws on every machine. */
export type Random = {
  /** Uniform in [low, high). */
  uniform(low: number, high: number): number;
  /** Normal with this mean and standard deviation. */
  normal(mean: number, deviation: number): number;
  /** Lognormal with this median; `sigma` is the deviation of the logarithm. */
  lognormal(median: number, sigma: number): number;
  /** Whole number in low..high, both included. */
  whole(low: number, high: number): number;
  /** True with this probability. */
  chance(probability: number): boolean;
  /** One element; refuses an empty list. */
  pick<T>(choices: readonly T[]): T;
  /** A copy in random order. */
  shuffled<T>(items: readonly T[]): T[];
};

/** Four well-mixed unsigned 32-bit words from a text; not cryptographic. */
export function hash128(text: string): [number, number, number, number] {
  let a = 0x9e3779b9;
  let b = 0x7f4a7c15;
  let c = 0xf39cc060;
  let d = 0x5cedc834;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    a = Math.imul(a ^ unit ^ (d >>> 13), 0x85ebca6b);
    b = Math.imul(b ^ unit ^ (a >>> 15), 0xc2b2ae35);
    c = Math.imul(c ^ unit ^ (b >>> 14), 0x27d4eb2f);
    d = Math.imul(d ^ unit ^ (c >>> 16), 0x165667b1);
  }
  // Two rounds let every lane see every other, so that one changed character flips about half of all bits.
  for (let round = 0; round < 2; round++) {
    a = avalanche(a + d);
    b = avalanche(b + a);
    c = avalanche(c + b);
    d = avalanche(d + c);
  }
  return [a >>> 0, b >>> 0, c >>> 0, d >>> 0];
}

function avalanche(word: number): number {
  let mixed = word ^ (word >>> 16);
  mixed = Math.imul(mixed, 0x7feb352d);
  mixed ^= mixed >>> 15;
  mixed = Math.imul(mixed, 0x846ca68b);
  return mixed ^ (mixed >>> 16);
}

/**
 * An independent stream for a key, e.g. `randomFor(seed, 'meals', 20777)`. One stream per subject and day keeps a day
 * as it was when the simulated window moves. The generator is sfc32 (small fast counter, 128-bit state).
 */
export function randomFor(...key: readonly (string | number)[]): Random {
  let [a, b, c, counter] = hash128(JSON.stringify(key));
  const next = (): number => {
    const sum = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return (sum >>> 0) / 4294967296;
  };
  for (let i = 0; i < 12; i++) next();

  const whole = (low: number, high: number): number => low + Math.floor(next() * (high - low + 1));
  const normal = (mean: number, deviation: number): number =>
    mean + deviation * Math.sqrt(-2 * ln(1 - next())) * cosOfTurns(next());
  return {
    uniform: (low, high) => low + next() * (high - low),
    normal,
    lognormal: (median, sigma) => median * exp(normal(0, sigma)),
    whole,
    chance: (probability) => next() < probability,
    pick: (choices) => {
      if (choices.length === 0) throw new RangeError('choices: nothing to pick from');
      return choices[whole(0, choices.length - 1)]!;
    },
    shuffled: (items) => {
      const copy = [...items];
      for (let i = copy.length - 1; i > 0; i--) {
        const other = whole(0, i);
        [copy[i], copy[other]] = [copy[other]!, copy[i]!];
      }
      return copy;
    },
  };
}
