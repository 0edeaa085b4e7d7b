/** Where a person is signed in and which applications stay connected; ending one of them, or all. */

import { deviceOf } from '../../authorization/devices.ts';
import type { Parts } from '../../authorization/parts.ts';
import { inPlainWords } from '../../authorization/scope-words.ts';
import { hasResourceScope } from '../../authorization/scopes.ts';
import { ACCOUNT_CLIENT_ID } from '../../domain/own-pages.ts';
import { Refusal } from '../../domain/refusal.ts';
import { endAllAccess } from '../../identity/end-access.ts';
import { endGrant, endSession } from '../../identity/end-session.ts';
import { type LastingAccess, listLastingAccess, listSessions } from '../../store/oauth-signed-in.ts';
import { goTo } from '../page-context.ts';
import type { Page } from '../page-routes.ts';
import { show } from '../show.ts';
import { sessionsPage } from '../views/sessions.ts';
import { signedOutPage } from '../views/sign-out.ts';

const PAGE = '/accounts/sessions/';

const DONE: ReadonlyMap<string, string> = new Map([
  ['session', 'That session has ended.'],
  ['grant', 'The application was disconnected.'],
]);

/** First factors, by RFC 8176 and our own names, as people call them. */
const FIRST_FACTORS: Partial<Record<string, string>> = {
  pwd: 'a password',
  hwk: 'a passkey',
  swk: 'a passkey',
  saml: 'your organization',
  oidc: 'your organization',
  invitation: 'an invitation',
};

/** How somebody signed in, in words. A code alone came by e-mail; beside another factor it is the app's. */
function methodsInWords(amr: readonly string[] | null): string {
  const methods = amr ?? [];
  const first = methods.map((method) => FIRST_FACTORS[method]).find((word) => word !== undefined);
  return [
    first ?? (methods.includes('otp') ? 'a code by e-mail' : undefined),
    methods.includes('mfa') ? 'a second code' : undefined,
  ]
    .filter((word) => word !== undefined)
    .join(' and ');
}

/** What a client may do in sentences, its defaults where it asked for no records by name. */
function maySentences({ scope, defaultScopes, shownStudies }: LastingAccess): string[] {
  const granted = scope.split(' ').filter((word) => word !== '' && word !== 'offline_access');
  return [
    ...inPlainWords(hasResourceScope(scope) ? granted : [...granted, ...defaultScopes.split(' ')]),
    ...shownStudies.map((name) => `Know that you take part in ${name}, and your answers there`),
  ];
}

/**
 * `/accounts/sessions/`. Ending takes no recent sign-in: it only takes power away, and whoever wants it is in a hurry.
 */
export function sessionPages(parts: Parts): Page[] {
  const { system, clock, config } = parts;
  return [
    {
      path: PAGE,
      caller: 'session',
      async GET(ctx, { who }) {
        const { userId } = who.account;
        const [sessions, connected] = await system('token', async (sight) => [
          await listSessions(sight, { userId, now: clock(), unnamed: ACCOUNT_CLIENT_ID }),
          await listLastingAccess(sight, userId, clock()),
        ]);
        const done = DONE.get(String(ctx.query.done));
        const page = sessionsPage({
          sessions: sessions.map(({ userAgent, amr, ...session }) => ({
            ...session,
            isThis: session.uid === who.sessionUid,
            device: deviceOf(userAgent),
            methods: methodsInWords(amr),
          })),
          connected: connected
            .toSorted((one, other) => other.since.getTime() - one.since.getTime())
            .map((access) => ({ ...access, may: maySentences(access) })),
          ...(done === undefined ? {} : { done }),
        });
        show(ctx, page);
      },
    },
    {
      path: `${PAGE}end`,
      caller: 'session',
      back: PAGE,
      async POST(ctx, { who, form }) {
        const { userId } = who.account;
        const { session: sessionUid, grant: grantId } = form;
        const isEnded = await system('account', async (sight) => {
          const deed = grantId === undefined ? 'session ended' : 'application disconnected';
          const ended =
            grantId === undefined
              ? await endSession(parts, sight, { userId, sessionUid: sessionUid ?? '' })
              : await endGrant(parts, sight, { userId, grantId });
          sight.trace({ userId, deed, outcome: ended ? 'ok' : 'refused' });
          return ended;
        });
        if (!isEnded) throw new Refusal('not-found', 'It has ended already.');
        if (sessionUid === who.sessionUid) return show(ctx, signedOutPage(`${config.siteUrl}/`));
        goTo(ctx, `${PAGE}?done=${grantId === undefined ? 'session' : 'grant'}`);
      },
    },
    {
      path: `${PAGE}end-all`,
      caller: 'session',
      back: PAGE,
      async POST(ctx, { who }) {
        const { userId } = who.account;
        await system('account', (sight) => {
          sight.trace({ userId, deed: 'signed out everywhere' });
          return endAllAccess(parts, sight, userId);
        });
        show(ctx, signedOutPage(`${config.siteUrl}/`));
      },
    },
  ];
}
