/** `npm test` holds small fixed counts; `npm run nightly` repeats the same tests in full, with seeds drawn anew. */
const nightly = process.env.JHE_NIGHTLY === '1';

/** How often a test repeats what it does: a few times in `npm test`, `everyNight` times in `npm run nightly`. */
export const rounds = (inEveryTest: number, everyNight: number): number =>
  nightly ? everyNight : inEveryTest;

/** The time that a test may take, in milliseconds: nothing waits for it when the test passes. */
export const timeLimit = (inEveryTest: number): number => (nightly ? 6 * 60 * 60 * 1000 : inEveryTest);

/** A seed for random worlds and walks: the given one in `npm test`, a new one every night, printed so that it can be repeated. */
export function seedOf(subject: string, fixed: number): number {
  if (!nightly) return fixed;
  const seed = Number(process.env.JHE_SEED_OF_NIGHT ?? Date.now() % 2 ** 31);
  console.log(`${subject}: JHE_SEED_OF_NIGHT=${seed}`);
  return seed;
}
