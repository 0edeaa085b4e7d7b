/** Links that are sent by e-mail: the token is in the mail only, its hash in the database. */
import { createHash, randomBytes } from 'node:crypto';
import type { SystemSight } from '../access/system.ts';
import {
  findLink,
  insertLink,
  type LinkHolder,
  type LinkPurpose,
  takeLink,
} from '../store/oauth-account-links.ts';
import type { IdentityParts } from './parts.ts';

const LINK_MS = 3 * 24 * 60 * 60 * 1000;

/** The two segments at the end of a link's path. */
export type LinkParams = Readonly<{ uid?: string; token?: string }>;

const hashOf = (token: string) => createHash('sha256').update(token).digest('base64url');
const uidOf = (userId: number) => Buffer.from(String(userId)).toString('base64url');

/** Makes a link for this address, which works once within three days; returns `<uid>/<token>/` of its path. */
export async function makeLink(
  { clock }: Pick<IdentityParts, 'clock'>,
  sight: SystemSight,
  { userId, email, purpose }: { userId: number; email: string; purpose: LinkPurpose },
): Promise<string> {
  const token = randomBytes(32).toString('base64url');
  const sentAt = clock();
  await insertLink(sight, {
    tokenHash: hashOf(token),
    userId,
    purpose,
    email,
    sentAt,
    expiresAt: new Date(sentAt.getTime() + LINK_MS),
  });
  return `${uidOf(userId)}/${token}/`;
}

/** Whose link this is while it can still be used; it stays as it is, so that a mail scanner may look. */
export async function readLink(
  { clock }: Pick<IdentityParts, 'clock'>,
  sight: SystemSight,
  { uid, token = '' }: LinkParams,
  purpose: LinkPurpose,
): Promise<LinkHolder | undefined> {
  const holder = await findLink(sight, { tokenHash: hashOf(token), purpose, now: clock() });
  return holder && uidOf(holder.userId) === uid ? holder : undefined;
}

/** The same, and uses the link up. */
export async function useLink(
  parts: Pick<IdentityParts, 'clock'>,
  sight: SystemSight,
  params: LinkParams,
  purpose: LinkPurpose,
): Promise<LinkHolder | undefined> {
  if (!(await readLink(parts, sight, params, purpose))) return undefined;
  return takeLink(sight, { tokenHash: hashOf(params.token ?? ''), purpose, now: parts.clock() });
}
