import { html } from './html.ts';
import { page } from './page.ts';

/** Adding a passkey: the browser makes it and keeps the private half. */
export function addPasskeyPage({
  options,
  scriptUrl,
  error,
}: Readonly<{ options: object; scriptUrl: string; error?: string }>): string {
  return page(
    'Add a passkey',
    html`<p class="error" id="passkey-message" role="alert"${error === undefined && html` hidden`}>${error ?? ''}</p>
<p data-without-passkey>That does not work in this browser: passkeys need a newer one, with scripts allowed for this site.</p>
<form method="post" hidden data-passkey="create" data-options="${JSON.stringify(options)}">
<p>Your device asks for your fingerprint, your face or its PIN, and keeps the passkey for you. We only get a key to check
it with.</p>
<input type="hidden" name="credential">
<button type="submit">Make a passkey</button>
</form>
<p class="links"><a href="/accounts/security/">Back to security</a></p>
<script src="${scriptUrl}" defer></script>`,
  );
}
