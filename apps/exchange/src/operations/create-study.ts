import type { WritableSight } from '../access/sight.ts';
import { FORBIDDEN, forbidden } from '../domain/refusal.ts';
import * as studies from '../store/studies.ts';

/** Adds a study to an organization where the caller may manage studies. Returns its id. */
export async function createStudy(
  sight: WritableSight,
  draft: Parameters<typeof studies.insert>[1],
): Promise<number> {
  const id = await studies.insert(sight, draft);
  if (id === undefined) throw forbidden(FORBIDDEN);
  return id;
}
