/**
 * A person puts another address in the place of the one that they proved: they type the code that was mailed to the new
 * address, in the session that asked for it. Nothing here tells whether the new one is somebody's already.
 */
import type { SystemSight } from '../access/system.ts';
import { ACCOUNT_CLIENT_ID } from '../domain/own-pages.ts';
import { holdPeople } from '../store/locks.ts';
import { queueMail } from '../store/mail.ts';
import { changeAddress, findTakenAddress, isTakenAddress } from '../store/oauth-account-holders.ts';
import { deleteAllLinks } from '../store/oauth-account-links.ts';
import { findMoment, keepMoment, takeMoment } from '../store/oauth-moments.ts';
import { listOwnRecords } from '../store/oauth-record-claims.ts';
import { addRecordEvent } from '../store/oauth-record-events.ts';
import { deleteCodesOf } from '../store/oauth-sign-in-codes.ts';
import { endAllAccess } from './end-access.ts';
import { inEvenTime } from './even-time.ts';
import { addressChangedMail, addressWantedMail, newAddressCodeMail } from './mails.ts';
import type { IdentityParts } from './parts.ts';
import { newCode, takeTypedCode } from './record/typed-code.ts';
import { holdSignedIn, type SignedIn } from './signed-in.ts';

const DAY = 24 * 60 * 60;
const KEPT_MS = 15 * 60 * 1000;

const waiting = ({ sessionUid }: SignedIn) => ({ kind: 'NewAddress', of: sessionUid }) as const;
const codeOf = ({ sessionUid }: SignedIn) => `address ${sessionUid}`;

/** Mails a code to an address that nobody has, and word to whoever has it; the caller cannot see which. */
export function sendNewAddressCode(
  parts: IdentityParts,
  who: SignedIn,
  { email, device }: Readonly<{ email: string; device: string }>,
): Promise<void> {
  const { userId } = who.account;
  return inEvenTime(async () => {
    // Nobody's mailbox is filled by this form.
    const mayMail = (await parts.attempts.limit('new-address-mail', email, 5, DAY)) === 0;
    await parts.system('account', async (sight) => {
      sight.trace({ userId, deed: 'send the code of a new address' });
      await holdSignedIn(parts, sight, { userId, sessionUid: who.sessionUid });
      const expiresAt = new Date(parts.clock().getTime() + KEPT_MS);
      await keepMoment(sight, { ...waiting(who), payload: { email }, expiresAt });
      // Of an address that somebody has, nobody ever learns the code.
      const code = await newCode(parts, sight, codeOf(who), { email, userId });
      const taken = await findTakenAddress(sight, email);
      if (!mayMail) return;
      const { siteUrl } = parts.config;
      await queueMail(
        sight,
        taken === undefined
          ? newAddressCodeMail({ recipient: email, siteUrl }, code, device)
          : addressWantedMail({ recipient: taken, siteUrl }),
      );
    });
  });
}

export type AddressOutcome =
  | { kind: 'changed' | 'gone' | 'taken' }
  | { kind: 'wrong'; newEmail: string; error: string };

/** All in one transaction: either the address is the new one and whatever the former one opened is over, or nothing has changed. */
export async function takeNewAddressCode(
  parts: IdentityParts,
  who: SignedIn,
  typed: string,
): Promise<AddressOutcome> {
  try {
    return await parts.system('account', (sight) => change(parts, sight, who, typed));
  } catch (error) {
    if (!isTakenAddress(error)) throw error;
    await parts.system('account', async (sight) => {
      sight.trace({
        userId: who.account.userId,
        deed: 'change address, taken meanwhile',
        outcome: 'refused',
      });
      await takeMoment(sight, waiting(who), parts.clock());
    });
    return { kind: 'taken' };
  }
}

async function change(
  parts: IdentityParts,
  sight: SystemSight,
  who: SignedIn,
  typed: string,
): Promise<AddressOutcome> {
  const { account, sessionUid } = who;
  const { userId, email: from } = account;
  sight.trace({ userId, deed: 'change address', outcome: 'refused' });
  const records = await listOwnRecords(sight, userId);
  await holdPeople(sight, records, 'shared');
  await holdSignedIn(parts, sight, { userId, sessionUid });
  const kept = await findMoment(sight, waiting(who), parts.clock());
  if (!kept) return { kind: 'gone' };
  const to = String(kept.email);
  const wrong = await takeTypedCode(parts, sight, codeOf(who), { email: to, typed });
  if (wrong) return { kind: 'wrong', newEmail: to, ...wrong };
  if (!(await changeAddress(sight, { userId, from, to }))) return { kind: 'gone' };
  sight.trace({ outcome: 'ok' });
  await takeMoment(sight, waiting(who), parts.clock());
  // What was mailed to the former address opens nothing any more, nor does what it has opened.
  await deleteAllLinks(sight, userId);
  await deleteCodesOf(sight, userId);
  await endAllAccess(parts, sight, userId, sessionUid);
  const at = parts.clock();
  for (const patientId of records) {
    await addRecordEvent(sight, {
      patientId,
      kind: 'address-changed',
      at,
      organizationId: null,
      actorUserId: userId,
      clientId: ACCOUNT_CLIENT_ID,
    });
  }
  await queueMail(sight, addressChangedMail({ recipient: from, siteUrl: parts.config.siteUrl }));
  return { kind: 'changed' };
}

/** The address that waits for its code in this session; undefined when none does. */
export async function waitingAddress(parts: IdentityParts, who: SignedIn): Promise<string | undefined> {
  const kept = await parts.system('token', (sight) => findMoment(sight, waiting(who), parts.clock()));
  return kept && String(kept.email);
}
