/** A small generator of random numbers that is the same for the same seed (mulberry32). */
export type Random = Readonly<{
  /** From 0 up to 1. */
  next(): number;
  /** A whole number below `most`. */
  below(most: number): number;
  pick<T>(items: readonly T[]): T;
  chance(probability: number): boolean;
}>;

export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (most: number) => Math.floor(next() * most);
  return { next, below, pick: (items) => items[below(items.length)]!, chance: (p) => next() < p };
}
