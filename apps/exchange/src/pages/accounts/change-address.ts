/**
 * `/accounts/security/address/`: a person puts another address in the place of the one that they proved. They have
 * signed in a moment ago, and type the code that was mailed to the new address in the same session. Nobody else changes
 * it, and nothing here tells whether the new one is somebody's already.
 */
import type { SystemSight } from '../../access/system.ts';
import { readEmailAddress } from '../../domain/email-address.ts';
import { ACCOUNT_CLIENT_ID } from '../../domain/own-pages.ts';
import { holdPeople } from '../../store/locks.ts';
import { queueMail } from '../../store/mail.ts';
import { changeAddress, findTakenAddress, isTakenAddress } from '../../store/oauth-account-holders.ts';
import { deleteAllLinks } from '../../store/oauth-account-links.ts';
import { findMoment, keepMoment, takeMoment } from '../../store/oauth-moments.ts';
import { listOwnRecords } from '../../store/oauth-record-claims.ts';
import { addRecordEvent } from '../../store/oauth-record-events.ts';
import { deleteCodesOf } from '../../store/oauth-sign-in-codes.ts';
import { type Form, goTo, type PageContext } from '../page-context.ts';
import type { Page } from '../page-routes.ts';
import { noticePage } from '../views/accounts/notice.ts';
import { askNewAddressPage, newAddressCodePage } from '../views/address.ts';
import type { Parts } from '../../authorization/parts.ts';
import { show } from '../provider-pages.ts';
import { newCode, takeTypedCode } from '../../identity/record/typed-code.ts';
import { deviceOf } from '../../authorization/devices.ts';
import { endAllAccess } from '../../identity/end-access.ts';
import { inEvenTime } from '../../identity/even-time.ts';
import { limitCalls } from '../../identity/limit.ts';
import { addressChangedMail, addressWantedMail, newAddressCodeMail } from '../../identity/mails.ts';
import { holdSignedIn, type SignedIn } from '../../authorization/session.ts';

const PAGE = '/accounts/security/address/';
const OTHER = `${PAGE}?other=1`;
const QUARTER = 15 * 60;
const DAY = 24 * 60 * 60;
const KEPT_MS = QUARTER * 1000;

const NO_ADDRESS = 'Type an e-mail address, as in name@example.org.';
const SAME_ADDRESS = 'This is your address already.';

const waiting = ({ sessionUid }: SignedIn) => ({ kind: 'NewAddress', of: sessionUid }) as const;
const codeOf = ({ sessionUid }: SignedIn) => `address ${sessionUid}`;

/** Mails a code to an address that nobody has, and word to whoever has it; the caller cannot see which. */
function sendCode(parts: Parts, ctx: PageContext, who: SignedIn, email: string): Promise<void> {
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
      const device = deviceOf(ctx.get('user-agent') || null);
      await queueMail(
        sight,
        taken === undefined
          ? newAddressCodeMail({ recipient: email, siteUrl }, code, device)
          : addressWantedMail({ recipient: taken, siteUrl }),
      );
    });
  });
}

type Outcome = { kind: 'changed' | 'gone' | 'taken' } | { kind: 'wrong'; newEmail: string; error: string };

/** All in one transaction: either the address is the new one and whatever the former one opened is over, or nothing has changed. */
async function takeCode(parts: Parts, who: SignedIn, typed: string): Promise<Outcome> {
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

async function change(parts: Parts, sight: SystemSight, who: SignedIn, typed: string): Promise<Outcome> {
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

export function changeAddressPages(parts: Parts): Page[] {
  /** False after sending whoever has not proved the address that they have to do so. */
  function isProved(ctx: PageContext, { account }: SignedIn): boolean {
    if (!account.emailVerified) goTo(ctx, '/accounts/verify_email/');
    return account.emailVerified;
  }

  function ask(ctx: PageContext, who: SignedIn, typed = '', fault?: string): void {
    ctx.status = fault === undefined ? 200 : 400;
    const { email } = who.account;
    show(ctx, askNewAddressPage({ email, typed, faults: fault === undefined ? {} : { email: fault } }));
  }

  async function send(ctx: PageContext, who: SignedIn, form: Form): Promise<void> {
    const typed = form.email ?? '';
    const email = readEmailAddress(typed);
    if (email === undefined) return ask(ctx, who, typed, NO_ADDRESS);
    if (email.toLowerCase() === who.account.email.toLowerCase()) return ask(ctx, who, typed, SAME_ADDRESS);
    await limitCalls(parts, 'new-address', String(who.account.userId), 5, QUARTER);
    await sendCode(parts, ctx, who, email);
    goTo(ctx, PAGE);
  }

  async function prove(ctx: PageContext, who: SignedIn, form: Form): Promise<void> {
    const outcome = await takeCode(parts, who, form.code ?? '');
    switch (outcome.kind) {
      case 'changed':
        return goTo(ctx, '/accounts/security/?done=address-changed');
      case 'gone':
        return goTo(ctx, PAGE);
      case 'wrong': {
        const { newEmail, error } = outcome;
        ctx.status = 400;
        return show(ctx, newAddressCodePage({ email: who.account.email, newEmail, otherHref: OTHER, error }));
      }
      case 'taken':
        ctx.status = 409;
        return show(
          ctx,
          noticePage(
            'The address was not changed',
            [
              'While the code was on its way, somebody made an account with the new address. An address belongs to one account.',
              `Your address is still ${who.account.email}.`,
            ],
            { action: { label: 'Use a different address', href: OTHER } },
          ),
        );
    }
  }

  return [
    {
      path: PAGE,
      caller: 'recent-session',
      async GET(ctx, { who }) {
        if (!isProved(ctx, who)) return;
        const kept = await parts.system('token', (sight) => findMoment(sight, waiting(who), parts.clock()));
        if (!kept || ctx.query.other !== undefined) return ask(ctx, who);
        const { email } = who.account;
        show(ctx, newAddressCodePage({ email, newEmail: String(kept.email), otherHref: OTHER }));
      },
      async POST(ctx, { who, form }) {
        if (!isProved(ctx, who)) return;
        return form.step === 'prove' ? prove(ctx, who, form) : send(ctx, who, form);
      },
    },
  ];
}
