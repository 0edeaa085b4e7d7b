/** A person's own authenticator app and recovery codes: turning the second factor on, renewing codes, turning it off. */
import { toString as drawQr } from 'qrcode';
import { verifyPassword } from '../../access/password.ts';
import type { Parts } from '../../authorization/parts.ts';
import { tellOwner } from '../../identity/notices.ts';
import {
  authenticatorUri,
  hashRecoveryCode,
  newRecoveryCodes,
  newSecret,
  stepOfCode,
  useSecondFactor,
} from '../../identity/one-time-codes.ts';
import { holdSignedIn, type SignedIn } from '../../identity/signed-in.ts';
import { findCredentials } from '../../store/oauth-accounts.ts';
import {
  confirmAuthenticator,
  countRecoveryCodes,
  findAuthenticator,
  offerAuthenticator,
  removeAuthenticator,
  replaceRecoveryCodes,
} from '../../store/oauth-authenticators.ts';
import { type Form, goTo, type PageContext } from '../page-context.ts';
import type { Page } from '../page-routes.ts';
import { show } from '../show.ts';
import { tooManyCodes, WRONG_CODE, waitForSecondFactor } from '../sign-in/second-factor.ts';
import { authenticatorPage, enrolPage, recoveryCodesPage } from '../views/authenticator.ts';

const SECURITY = '/accounts/security/';
const PAGE = '/accounts/security/authenticator/';
const WRONG_FIRST_CODE =
  "This code is wrong. Enter the one that the app shows now; if it stays wrong, check the phone's clock.";
const WRONG_PROOF = 'That is not right. Enter a code that was not used yet, or your password.';

/** `/accounts/security/authenticator/` and `/accounts/security/recovery-codes/`. Each takes a recent sign-in. */
export function authenticatorPages(parts: Parts): Page[] {
  const { system, clock } = parts;

  const askFirstCode = async (ctx: PageContext, who: SignedIn, secret: string, error?: string) => {
    const uri = authenticatorUri(secret, who.account.email);
    const qr = await drawQr(uri, { type: 'svg', errorCorrectionLevel: 'M', margin: 2 });
    ctx.status = error === undefined ? 200 : 400;
    show(ctx, enrolPage(error === undefined ? { qr, secret } : { qr, secret, error }));
  };

  const showOwn = async (ctx: PageContext, { account }: SignedIn, status: number, error?: string) => {
    const { userId, email } = account;
    const shown = await system('token', async (sight) => ({
      recoveryCodesLeft: await countRecoveryCodes(sight, userId),
      hasPassword: (await findCredentials(sight, email))?.passwordHash != null,
    }));
    ctx.status = status;
    show(ctx, authenticatorPage(error === undefined ? shown : { ...shown, error }));
  };

  /** Confirms the secret and gives the first recovery codes; undefined when somebody else was quicker. */
  const turnOn = ({ account, sessionUid }: SignedIn, secret: string, step: number) =>
    system('account', async (sight) => {
      const { userId } = account;
      await holdSignedIn(parts, sight, { userId, sessionUid });
      const isOn = await confirmAuthenticator(sight, { userId, secret, step, at: clock() });
      sight.trace({ userId, outcome: isOn ? 'ok' : 'refused', deed: 'authenticator on' });
      if (!isOn) return undefined;
      const codes = newRecoveryCodes();
      await replaceRecoveryCodes(sight, userId, codes.map(hashRecoveryCode));
      await tellOwner(parts, sight, account, 'An authenticator app was added to your account.');
      return codes;
    });

  const renewCodes = ({ account, sessionUid }: SignedIn) =>
    system('account', async (sight) => {
      const { userId } = account;
      await holdSignedIn(parts, sight, { userId, sessionUid });
      const found = await findAuthenticator(sight, userId);
      sight.trace({ userId, outcome: found?.confirmedAt ? 'ok' : 'refused', deed: 'recovery codes renewed' });
      if (!found?.confirmedAt) return undefined;
      const codes = newRecoveryCodes();
      await replaceRecoveryCodes(sight, userId, codes.map(hashRecoveryCode));
      await tellOwner(parts, sight, account, 'New recovery codes were made for your account.');
      return codes;
    });

  /** Turns it off when the form shows that it is the person: a code, or the password. */
  const turnOff = async (
    { account, sessionUid }: SignedIn,
    { code = '', password = '' }: Form,
  ): Promise<boolean> => {
    const { userId, email } = account;
    const found = await system('token', (sight) => findCredentials(sight, email));
    const hasPassword =
      password !== '' &&
      found?.userId === userId &&
      (await verifyPassword(found.passwordHash, password.slice(0, 1024)));
    return system('account', async (sight) => {
      await holdSignedIn(parts, sight, { userId, sessionUid });
      const isProved =
        hasPassword ||
        (code !== '' && (await useSecondFactor(sight, { userId, code, now: clock() })) !== undefined);
      sight.trace({ userId, outcome: isProved ? 'ok' : 'refused', deed: 'authenticator off' });
      if (!isProved) return false;
      await removeAuthenticator(sight, userId);
      await tellOwner(parts, sight, account, 'The authenticator app of your account was turned off.');
      return true;
    });
  };

  const findOwn = ({ account: { userId } }: SignedIn) =>
    system('token', (sight) => findAuthenticator(sight, userId));

  return [
    {
      path: PAGE,
      caller: 'recent-session',
      async GET(ctx, { who }) {
        // A secret that was shown before may have been seen: each visit of the page offers another.
        const secret = newSecret();
        const isOffered = await system('token', (sight) =>
          offerAuthenticator(sight, who.account.userId, secret),
        );
        await (isOffered ? askFirstCode(ctx, who, secret) : showOwn(ctx, who, 200));
      },
      async POST(ctx, { who, form }) {
        const own = await findOwn(who);
        if (!own || own.confirmedAt) return goTo(ctx, PAGE);
        const step = await stepOfCode(own.secret, form.code ?? '', clock());
        if (step === undefined) return askFirstCode(ctx, who, own.secret, WRONG_FIRST_CODE);
        const codes = await turnOn(who, own.secret, step);
        if (!codes) return goTo(ctx, PAGE);
        show(ctx, recoveryCodesPage(codes));
      },
    },
    {
      path: `${PAGE}remove`,
      caller: 'recent-session',
      back: PAGE,
      async POST(ctx, { who, form }) {
        if (!(await findOwn(who))?.confirmedAt) return goTo(ctx, SECURITY);
        const wait = await waitForSecondFactor(parts, who.account.userId);
        if (wait > 0) {
          ctx.set({ 'retry-after': String(wait) });
          return showOwn(ctx, who, 429, tooManyCodes(wait));
        }
        if (!(await turnOff(who, form))) {
          return showOwn(ctx, who, 400, form.password ? WRONG_PROOF : WRONG_CODE);
        }
        goTo(ctx, `${SECURITY}?done=authenticator-off`);
      },
    },
    {
      path: '/accounts/security/recovery-codes/',
      caller: 'recent-session',
      back: PAGE,
      async POST(ctx, { who }) {
        const codes = await renewCodes(who);
        if (!codes) return goTo(ctx, PAGE);
        show(ctx, recoveryCodesPage(codes));
      },
    },
  ];
}
