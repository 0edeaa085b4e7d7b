import { html } from './html.ts';
import { page } from './page.ts';

/** Asks for the second factor. The form goes to the address of the page itself. */
export function secondFactorPage({
  clientName,
  startHref,
  error,
}: Readonly<{ clientName: string; startHref: string; error?: string }>): string {
  const fault = error !== undefined;
  return page(
    'One more step',
    html`<p id="hint">Enter the 6-digit code that your authenticator app shows now, to continue to ${clientName}.</p>
${fault && html`<p class="error" id="error" role="alert">${error}</p>`}
<form method="post">
<label for="code">Code</label>
<input id="code" name="code" type="text" autocomplete="one-time-code" autocapitalize="off" autocorrect="off" spellcheck="false" maxlength="40" required autofocus${fault ? html` aria-invalid="true" aria-describedby="error hint other"` : html` aria-describedby="hint other"`}>
<p class="below" id="other">No access to the app? Enter one of your recovery codes instead.</p>
<button type="submit">Continue</button>
</form>
<p class="links"><a href="${startHref}">Sign in another way</a></p>`,
  );
}
