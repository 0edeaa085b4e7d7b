import { html } from './html.ts';
import { page } from './page.ts';

export type PasskeyPage = Readonly<{
  clientName: string;
  /** What the browser is asked, for the script; signed by the passkey within five minutes. */
  options: object;
  scriptUrl: string;
  startHref: string;
  error?: string;
}>;

/** Signing in with a passkey: the browser asks, nothing is typed. The script shows the button where it can work. */
export function passkeyPage({ clientName, options, scriptUrl, startHref, error }: PasskeyPage): string {
  const start = error === undefined ? 'now' : 'button';
  return page(
    'Sign in with a passkey',
    html`<p>to continue to ${clientName}</p>
<p class="error" id="passkey-message" role="alert"${error === undefined && html` hidden`}>${error ?? ''}</p>
<p data-without-passkey>That does not work in this browser: passkeys need a newer one, with scripts allowed for this site.</p>
<form method="post" hidden data-passkey="get" data-start="${start}" data-options="${JSON.stringify(options)}">
<p>Your device asks for your fingerprint, your face or its PIN.</p>
<input type="hidden" name="credential">
<button type="submit">Use my passkey</button>
</form>
<p class="links"><a href="${startHref}">Sign in another way</a></p>
<script src="${scriptUrl}" defer></script>`,
  );
}
