/** JSON documents of other servers, remembered for a while: key sets and discovery documents. */
import { fetchJson, OutboundFault, type OutboundReach } from '../outbound.ts';

export type RemoteDocuments = Readonly<{
  /**
   * The document at an address. One that is remembered serves for ten minutes; where it is not `enough` (it lacks the
   * key that is looked for) it is fetched again, but not more often than every ten seconds: nobody can make this server
   * knock at another's door at will. Throws an OutboundFault when it cannot be had.
   */
  read(
    address: string,
    reach: OutboundReach,
    isEnough?: (document: Record<string, unknown>) => boolean,
  ): Promise<Record<string, unknown>>;
}>;

const FRESH_MS = 10 * 60_000;
const AGAIN_AFTER_MS = 10_000;
const MOST_REMEMBERED = 500;

type Remembered = { at: number; outcome: Promise<Record<string, unknown>> };

export function createRemoteDocuments(clock: () => Date): RemoteDocuments {
  const remembered = new Map<string, Remembered>();

  function load(key: string, address: string, reach: OutboundReach): Remembered {
    if (remembered.size >= MOST_REMEMBERED) remembered.clear();
    const outcome = fetchJson(address, { reach });
    // Whoever waits for it sees the fault; remembered it must not count as unhandled.
    outcome.catch(() => {});
    const entry = { at: clock().getTime(), outcome };
    remembered.set(key, entry);
    return entry;
  }

  return {
    async read(address, reach, isEnough = () => true) {
      const key = `${reach} ${address}`;
      const entry = remembered.get(key);
      const age = entry ? Math.abs(clock().getTime() - entry.at) : Number.POSITIVE_INFINITY;
      if (entry && age < FRESH_MS) {
        try {
          const document = await entry.outcome;
          if (age < AGAIN_AFTER_MS || isEnough(document)) return document;
        } catch (error) {
          if (age < AGAIN_AFTER_MS) throw error;
        }
      }
      return load(key, address, reach).outcome;
    },
  };
}

/** The keys of a key set (RFC 7517, section 5). Refuses a document that is none. */
export function keysOf(document: Record<string, unknown>): Record<string, unknown>[] {
  const { keys } = document;
  if (!Array.isArray(keys)) throw new OutboundFault('not a key set');
  return keys.filter((key) => key !== null && typeof key === 'object' && !Array.isArray(key));
}
