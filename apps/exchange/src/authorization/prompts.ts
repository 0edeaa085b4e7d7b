/** When a person is asked for something on the way to a client: to sign in, to choose, to approve. */
import { interactionPolicy } from 'oidc-provider';
import type { Config } from '../config.ts';
import { audienceOf } from './access-token.ts';
import type { Storage } from './adapter.ts';
import { patientPrompt } from './launch/decide.ts';
import { hasResourceScope, knownScopes } from './scopes.ts';

/** The prompts of an authorization request in their order, each with the checks that make it necessary. */
export function promptPolicy(config: Config, storage: Storage) {
  const audience = audienceOf(config);
  const login = interactionPolicy.base();
  // A session whose person is gone or deactivated is no session.
  login
    .get('login')
    ?.checks.add(
      new interactionPolicy.Check(
        'account_gone',
        'the account is not there any more',
        (ctx) => !ctx.oidc.account,
      ),
    );
  login.get('consent')?.checks.remove('native_client_prompt');
  // A client that asks for no records gets those it is registered for: that needs the person's yes as well.
  login.get('consent')?.checks.add(
    new interactionPolicy.Check('defaults_not_granted', 'the default scopes are not granted', ({ oidc }) => {
      if (!oidc.client || hasResourceScope(String(oidc.params?.scope ?? ''))) return false;
      if (oidc.client.skip_authorization === true) return false;
      // What the person left out was asked about as well.
      const decided = new Set(oidc.entities.Grant?.getResourceScopeEncountered(audience).split(' '));
      return knownScopes(String(oidc.client.default_scopes ?? '')).some((word) => !decided.has(word));
    }),
  );
  login.add(patientPrompt(storage), 1);
  return login;
}
