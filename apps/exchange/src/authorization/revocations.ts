/**
 * Access tokens are checked without asking anybody, so what ends them early is listed: their own ids, and the ids of
 * grants that are gone (signed out, refresh token revoked or used twice). The list is short: a token lives an hour, a
 * day at most. A revocation counts at once on the server that made it, and within a second (`RELOAD_AFTER_MS`, and the
 * time of one reading) on the others.
 */
import type { System, SystemSight } from '../access/system.ts';
import { listModelIds, upsertModel } from '../store/oauth-models.ts';

export type Revocations = Readonly<{
  /** Lists an id until every token that names it has expired. */
  add(sight: SystemSight, id: string): Promise<void>;
  /** Is any of these listed? */
  includes(...ids: readonly string[]): Promise<boolean>;
}>;

const MODEL = 'Revocation';
const RELOAD_AFTER_MS = 1_000;

/** `keepSeconds`: how long a token lives at most. */
export function createRevocations(system: System, clock: () => Date, keepSeconds: number): Revocations {
  const own = new Map<string, number>();
  let listed: ReadonlySet<string> = new Set();
  let loadedAt = Number.NEGATIVE_INFINITY;
  let loading: Promise<void> | undefined;

  async function load(): Promise<void> {
    const now = clock();
    listed = new Set(await system('token', (sight) => listModelIds(sight, MODEL, now)));
    for (const [id, until] of own) if (until < now.getTime()) own.delete(id);
    loadedAt = now.getTime();
  }

  return {
    async add(sight, id) {
      const expiresAt = new Date(clock().getTime() + keepSeconds * 1000);
      own.set(id, expiresAt.getTime());
      await upsertModel(sight, { model: MODEL, id, payload: {}, grantId: null, uid: null, expiresAt });
    },
    async includes(...ids) {
      if (Math.abs(clock().getTime() - loadedAt) > RELOAD_AFTER_MS) {
        loading ??= load().finally(() => {
          loading = undefined;
        });
        await loading;
      }
      return ids.some((id) => own.has(id) || listed.has(id));
    },
  };
}
