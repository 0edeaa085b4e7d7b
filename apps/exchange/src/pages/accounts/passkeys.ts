/** A person's own passkeys: adding one, renaming and removing them. */

import { deviceOf } from '../../authorization/devices.ts';
import type { Parts } from '../../authorization/parts.ts';
import { Refusal } from '../../domain/refusal.ts';
import { tellOwner } from '../../identity/notices.ts';
import { keepPasskey, offerPasskey } from '../../identity/passkeys.ts';
import type { SignedIn } from '../../identity/signed-in.ts';
import { removePasskey, renamePasskey } from '../../store/oauth-passkeys.ts';
import { goTo, type PageContext } from '../page-context.ts';
import type { Page } from '../page-routes.ts';
import { PASSKEY_SCRIPT_URL, showWithScript } from '../page-scripts.ts';
import { addPasskeyPage } from '../views/add-passkey.ts';

const SECURITY = '/accounts/security/';
const ADD = '/accounts/security/passkeys/';
const MOST_CHARACTERS = 60;
const NOT_ADDED = 'The passkey was not added. Try again, and answer your device within five minutes.';

/** `/accounts/security/passkeys/`. Each takes a recent sign-in. */
export function ownPasskeyPages(parts: Parts): Page[] {
  const { system } = parts;

  const ask = async (ctx: PageContext, { account, sessionUid }: SignedIn, error?: string) => {
    const options = await offerPasskey(parts, account, sessionUid);
    ctx.status = error === undefined ? 200 : 400;
    const shown = { options, scriptUrl: PASSKEY_SCRIPT_URL };
    showWithScript(ctx, addPasskeyPage(error === undefined ? shown : { ...shown, error }));
  };

  const remove = ({ account }: SignedIn, credentialId: string) =>
    system('account', async (sight) => {
      const { userId } = account;
      const removed = await removePasskey(sight, { userId, credentialId });
      sight.trace({ userId, outcome: removed ? 'ok' : 'refused', deed: 'passkey removed' });
      if (removed) await tellOwner(parts, sight, account, 'A passkey was removed from your account.');
      return removed;
    });

  const rename = ({ account: { userId } }: SignedIn, credentialId: string, typed: string) => {
    const name = typed.trim().replace(/\s+/g, ' ').slice(0, MOST_CHARACTERS);
    if (name === '') throw new Refusal('invalid', 'A passkey needs a name, so that you know it again.');
    return system('token', (sight) => renamePasskey(sight, { userId, credentialId, name }));
  };

  return [
    {
      path: ADD,
      caller: 'recent-session',
      GET: (ctx, { who }) => ask(ctx, who),
      async POST(ctx, { who, form }) {
        const device = deviceOf(ctx.get('user-agent'));
        const { credential } = form;
        const isKept = await keepPasskey(parts, who.account, {
          sessionUid: who.sessionUid,
          credential,
          device,
        });
        if (!isKept) return ask(ctx, who, NOT_ADDED);
        goTo(ctx, `${SECURITY}?done=passkey-added`);
      },
    },
    {
      path: '/accounts/security/passkeys/change',
      caller: 'recent-session',
      back: SECURITY,
      async POST(ctx, { who, form }) {
        const { credential = '', deed, name = '' } = form;
        if (deed !== 'rename' && deed !== 'remove') throw new Refusal('invalid', 'Nothing was asked for.');
        const isDone =
          deed === 'remove' ? await remove(who, credential) : await rename(who, credential, name);
        if (!isDone) throw new Refusal('not-found', 'You have no such passkey any more.');
        goTo(ctx, `${SECURITY}?done=passkey-${deed === 'remove' ? 'removed' : 'renamed'}`);
      },
    },
  ];
}
