/** The authorization server's cookies: signed, for this site only, unreadable to scripts. */
import type { Configuration } from 'oidc-provider';
import type { Config } from '../config.ts';

/**
 * With encryption their names bind them to it, and the session's to this very host: a browser takes no cookie of such
 * a name from anybody else (RFC 6265bis, section 4.1.3).
 */
export function cookieSettings(
  config: Pick<Config, 'siteUrl'>,
  keys: readonly string[],
): NonNullable<Configuration['cookies']> {
  const secure = config.siteUrl.startsWith('https:');
  const guarded = { signed: true, httpOnly: true, sameSite: 'lax', secure } as const;
  return {
    keys: [...keys],
    names: {
      session: `${secure ? '__Host-' : ''}jhe_session`,
      interaction: `${secure ? '__Secure-' : ''}jhe_interaction`,
      resume: `${secure ? '__Secure-' : ''}jhe_resume`,
    },
    // The account pages beside /o know who is signed in as well.
    long: { ...guarded, path: '/' },
    short: guarded,
  };
}
