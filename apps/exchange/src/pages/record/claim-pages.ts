/** `/accounts/record/claim/:token/`: from a link, or from the app in which it was opened, to a record of one's own. */

import { deviceOf } from '../../authorization/devices.ts';
import type { Parts } from '../../authorization/parts.ts';
import { whoIsSignedIn } from '../../authorization/session.ts';
import { MOST_BIRTH_DATE_FAILURES } from '../../domain/invitation.ts';
import { limitCalls } from '../../identity/limit.ts';
import { claimCodeMail } from '../../identity/mails.ts';
import { type Claim, findTokenIn, isOpened, rememberOpened } from '../../identity/record/claim.ts';
import { codeOfClaim, findAbsorbing, prove } from '../../identity/record/prove.ts';
import { codeWaits, newCode } from '../../identity/record/typed-code.ts';
import type { SignedIn } from '../../identity/signed-in.ts';
import { queueMail } from '../../store/mail.ts';
import { recordWrongBirthDate } from '../../store/oauth-invitations.ts';
import { listLinkedApps, listStudiesOf, mayKeepRecords } from '../../store/oauth-record-claims.ts';
import { type Form, goTo, type PageContext } from '../page-context.ts';
import type { Page } from '../page-routes.ts';
import { show } from '../show.ts';
import { noticePage } from '../views/accounts/notice.ts';
import { claimBirthDatePage, claimDoorPage, claimPage, pasteLinkPage } from '../views/record/claim.ts';
import { claimSignUpPages } from './sign-up.ts';
import { claimPath, requireClaim, showNoClaim } from './visit-claim.ts';

const QUARTER = 15 * 60;
const NOT_THIS_ACCOUNT =
  'A record is kept with an account that is nobody’s but the person’s own: one with an e-mail address and a password, that does not administer the exchange or work for the organization that keeps the record.';

export function claimPages(parts: Parts): Page[] {
  const { system } = parts;

  /** Whoever may go on; undefined after showing what stands before that. */
  async function enter(
    ctx: PageContext,
    token: string,
  ): Promise<{ claim: Claim; who: SignedIn } | undefined> {
    const claim = await requireClaim(parts, ctx, token);
    if (!claim) return undefined;
    const { organizationName, organizationId } = claim;
    const who = await whoIsSignedIn(parts, ctx);
    if (!who) {
      const signInHref = `/accounts/login/?next=${encodeURIComponent(claimPath(token))}`;
      show(ctx, claimDoorPage({ organizationName, signInHref, signUpHref: `${claimPath(token)}signup/` }));
      return undefined;
    }
    const { userId, email } = who.account;
    const byInstitution = who.amr.includes('saml') || who.amr.includes('oidc');
    if (byInstitution || !(await system('token', (sight) => mayKeepRecords(sight, userId, organizationId)))) {
      ctx.status = 403;
      const links = [{ label: 'Sign in as somebody else', href: '/accounts/logout/' }];
      show(
        ctx,
        noticePage('Not with this account', [`You are signed in as ${email}.`, NOT_THIS_ACCOUNT], { links }),
      );
      return undefined;
    }
    return { claim, who };
  }

  async function showClaim(
    ctx: PageContext,
    { claim, who }: { claim: Claim; who: SignedIn },
    again: Readonly<{ error?: string; ticked?: ReadonlySet<string> }> = {},
  ): Promise<void> {
    const { userId, email } = who.account;
    const { organizationName, clientName, patientId } = claim;
    const what = codeOfClaim(who.sessionUid, claim);
    const facts = await system('token', async (sight) => {
      if (!(await isOpened(parts, sight, who.sessionUid, claim))) return undefined;
      return {
        isAbsorbed: (await findAbsorbing(sight, claim, userId)) !== undefined,
        studies: await listStudiesOf(sight, patientId),
        sessions: await listLinkedApps(sight, patientId),
        codeSent: await codeWaits(parts, sight, what, email),
      };
    });
    if (!facts) return show(ctx, claimBirthDatePage({ organizationName, email }));
    const sessions = facts.sessions.map((session) => ({ ...session, canStay: session.userId === userId }));
    show(ctx, claimPage({ ...facts, sessions, organizationName, clientName, email, ...again }));
  }

  /** Takes a birth date: a wrong one is counted against the link, a missing or misspelt one says nothing. */
  async function takeBirthDate(
    ctx: PageContext,
    { claim, who }: { claim: Claim; who: SignedIn },
    typed: string,
  ): Promise<void> {
    const again = (error: string) => {
      ctx.status = 400;
      const { organizationName } = claim;
      show(ctx, claimBirthDatePage({ organizationName, email: who.account.email, error }));
    };
    const { invitationId, birthDate, patientId } = claim;
    if (!/^\d{4}-\d{2}-\d{2}$/.test(typed)) return again('Type the date as year, month and day: 1980-12-31.');
    const outcome = await system('account', async (sight) => {
      sight.trace({ userId: who.account.userId, patientId, deed: 'open a claim' });
      if (typed === birthDate) {
        await rememberOpened(parts, sight, who.sessionUid, claim);
        return 'opened' as const;
      }
      sight.trace({ outcome: 'refused', deed: 'open a claim, wrong birth date' });
      const at = parts.clock();
      const isClosed =
        invitationId !== null &&
        (await recordWrongBirthDate(sight, invitationId, { most: MOST_BIRTH_DATE_FAILURES, at }));
      return isClosed ? ('closed' as const) : ('wrong' as const);
    });
    if (outcome === 'closed') return showNoClaim(ctx);
    if (outcome === 'wrong') return again('This is not the birth date that was recorded.');
    goTo(ctx, ctx.originalUrl);
  }

  /** The boxes of a form that were ticked: they stay so when the page is shown again. */
  const tickedIn = (form: Form): ReadonlySet<string> =>
    new Set(Object.keys(form).filter((name) => /^(keep|study) /.test(name)));

  async function sendCode(
    ctx: PageContext,
    { claim, who }: { claim: Claim; who: SignedIn },
    form: Form,
  ): Promise<void> {
    const { userId, email } = who.account;
    await limitCalls(parts, 'claim-code', String(userId), 5, QUARTER);
    await system('account', async (sight) => {
      sight.trace({ userId, patientId: claim.patientId, deed: 'send the code of a claim' });
      if (!(await isOpened(parts, sight, who.sessionUid, claim))) return;
      const code = await newCode(parts, sight, codeOfClaim(who.sessionUid, claim), { email, userId });
      const device = deviceOf(ctx.get('user-agent') || null);
      const to = { recipient: email, siteUrl: parts.config.siteUrl };
      await queueMail(sight, claimCodeMail(to, code, { ...claim, device }));
    });
    const ticked = tickedIn(form);
    if (ticked.size > 0) return showClaim(ctx, { claim, who }, { ticked });
    goTo(ctx, ctx.originalUrl);
  }

  async function takeCode(
    ctx: PageContext,
    token: string,
    { claim, who }: { claim: Claim; who: SignedIn },
    form: Form,
  ): Promise<void> {
    const ticked = (prefix: string) =>
      Object.keys(form)
        .filter((name) => name.startsWith(`${prefix} `))
        .map((name) => name.slice(prefix.length + 1));
    const outcome = await system('account', (sight) =>
      prove(parts, sight, {
        token,
        who,
        typed: form.code ?? '',
        keptGrantIds: ticked('keep'),
        studyIds: ticked('study')
          .map(Number)
          .filter((id) => Number.isSafeInteger(id)),
      }),
    );
    switch (outcome.kind) {
      case 'gone':
        return showNoClaim(ctx);
      case 'wrong':
        ctx.status = 400;
        return showClaim(ctx, { claim, who }, { error: outcome.error, ticked: tickedIn(form) });
      case 'proved': {
        const { organizationName, isAbsorbed, leftBehind } = outcome;
        const action = { label: 'See your record', href: '/accounts/record/' };
        const said = [
          isAbsorbed
            ? `What ${organizationName} kept is part of your record now.`
            : `The record that ${organizationName} kept is yours now. Nobody else can say yes for you any more.`,
          'Apps in which a link was opened are signed out, but for those that you ticked. Open the app again and sign in with your e-mail address.',
        ];
        if (leftBehind) {
          said.push(
            `Readings that were closed before, or that this link could not read, stay with ${organizationName}, closed. Nobody reads them.`,
          );
        }
        return show(ctx, noticePage('The record is yours', said, { action }));
      }
    }
  }

  return [
    {
      path: '/accounts/record/claim/',
      caller: 'anyone',
      GET: async (ctx) => show(ctx, pasteLinkPage()),
      async POST(ctx, { form }) {
        const token = findTokenIn((form.link ?? '').slice(0, 2000));
        if (token !== undefined) return goTo(ctx, claimPath(token));
        ctx.status = 400;
        show(ctx, pasteLinkPage('There is no invitation in this. Paste the whole link.'));
      },
    },
    ...claimSignUpPages(parts),
    {
      path: '/accounts/record/claim/:token/',
      caller: 'anyone',
      async GET(ctx, { params: { token = '' } }) {
        const entered = await enter(ctx, token);
        if (entered) await showClaim(ctx, entered);
      },
      async POST(ctx, { params: { token = '' }, form }) {
        const entered = await enter(ctx, token);
        if (!entered) return;
        switch (form.step) {
          case 'birth-date':
            return takeBirthDate(ctx, entered, (form.birth_date ?? '').trim());
          case 'send':
            return sendCode(ctx, entered, form);
          case 'prove':
            return takeCode(ctx, token, entered, form);
          default:
            return showClaim(ctx, entered);
        }
      },
    },
  ];
}
