/** Slows down guessing: failed sign-ins are counted per caller's address and per account, in memory. */

const WINDOW_MS = 15 * 60 * 1000;
const MOST_PER_ADDRESS = 50;
const MOST_PER_ACCOUNT = 10;
/** Above this the oldest counts are forgotten: memory stays bounded whatever is sent. */
const MOST_KEYS = 20_000;

export type SignInAttempts = Readonly<{
  /** Seconds to wait before the next attempt is looked at; 0 when it may go on. */
  waitSeconds(address: string, email: string): Promise<number>;
  fail(address: string, email: string): Promise<void>;
  /** The right password clears the account's count, not the address's. */
  succeed(email: string): Promise<void>;
}>;

/** Ten failures for an account or fifty for an address close it until 15 minutes after the first of them. */
export function createSignInAttempts(clock: () => Date): SignInAttempts {
  const counts = new Map<string, { failures: number; since: number }>();
  const keysOf = (address: string, email: string) =>
    [
      [`address ${address}`, MOST_PER_ADDRESS],
      [`account ${email.toLowerCase()}`, MOST_PER_ACCOUNT],
    ] as const;
  const current = (key: string) => {
    const count = counts.get(key);
    return count && clock().getTime() - count.since < WINDOW_MS ? count : undefined;
  };

  return {
    async waitSeconds(address, email) {
      const waits = keysOf(address, email).map(([key, most]) => {
        const count = current(key);
        return count && count.failures >= most ? count.since + WINDOW_MS - clock().getTime() : 0;
      });
      return Math.ceil(Math.max(...waits) / 1000);
    },
    async fail(address, email) {
      for (const [key] of keysOf(address, email)) {
        const count = current(key) ?? { failures: 0, since: clock().getTime() };
        counts.delete(key);
        counts.set(key, { ...count, failures: count.failures + 1 });
      }
      for (const key of counts.keys()) {
        if (counts.size <= MOST_KEYS) break;
        counts.delete(key);
      }
    },
    async succeed(email) {
      counts.delete(`account ${email.toLowerCase()}`);
    },
  };
}
