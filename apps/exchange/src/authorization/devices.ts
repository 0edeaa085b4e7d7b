/** Which browser a session is in, so that a person can tell their sessions apart. */
import { Provider } from 'oidc-provider';

const MOST_CHARACTERS = 300;

/** Fields of a stored session that the provider does not know. */
type Remembered = { userAgent?: string; usedAt?: number };

/**
 * Makes the provider keep, with each session of somebody, what the browser calls itself and when it was used last
 * (seconds since 1970). And it forgets its own mark by which grants of `offline_access` outlive signing out: here
 * whoever signs out has ended everything that was given in that session.
 */
export function rememberDevices(provider: Provider): void {
  const { Session } = provider;
  const kept = [...(Session as unknown as { IN_PAYLOAD: string[] }).IN_PAYLOAD, 'userAgent', 'usedAt'];
  Object.defineProperty(Session, 'IN_PAYLOAD', { get: () => kept });
  const { save } = Session.prototype;
  Session.prototype.save = function saveWithDevice(ttl: number): Promise<string> {
    if (this.accountId !== undefined) {
      const remembered = this as Remembered;
      const userAgent = Provider.ctx?.get('user-agent');
      if (userAgent) remembered.userAgent = userAgent.slice(0, MOST_CHARACTERS);
      remembered.usedAt = Math.floor(Date.now() / 1000);
    }
    for (const entry of Object.values(this.authorizations ?? {})) delete entry.persistsLogout;
    return save.call(this, ttl);
  };
}

/** Many browsers claim to be others as well: the first that matches is the one. */
const BROWSERS: readonly (readonly [RegExp, string])[] = [
  [/\bEdg(?:e|A|iOS)?\//, 'Edge'],
  [/\bOPR\//, 'Opera'],
  [/\bSamsungBrowser\//, 'Samsung Internet'],
  [/\b(?:Firefox|FxiOS)\//, 'Firefox'],
  [/\b(?:Headless)?Chrom(?:e|ium)\/|\bCriOS\//, 'Chrome'],
  [/\bVersion\/.*\bSafari\//, 'Safari'],
];

const SYSTEMS: readonly (readonly [RegExp, string])[] = [
  [/\biPhone\b/, 'iPhone'],
  [/\biPad\b/, 'iPad'],
  [/\bAndroid\b/, 'Android'],
  [/\bWindows\b/, 'Windows'],
  [/\bMac OS X\b|\bMacintosh\b/, 'Mac'],
  [/\bCrOS\b/, 'ChromeOS'],
  [/\bLinux\b/, 'Linux'],
];

/** A browser's user agent in a few words, such as "Firefox on Windows"; for the eye only, since anybody can send any. */
export function deviceOf(userAgent: string | null): string {
  const nameIn = (list: typeof BROWSERS) => list.find(([pattern]) => pattern.test(userAgent ?? ''))?.[1];
  const browser = nameIn(BROWSERS);
  const system = nameIn(SYSTEMS);
  if (browser && system) return `${browser} on ${system}`;
  return browser ?? system ?? 'A browser we do not know';
}
