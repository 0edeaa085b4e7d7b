import { html, trusted } from './html.ts';
import { page } from './page.ts';

const codeField = (faulty: boolean, hint: string) =>
  html`<input id="code" name="code" type="text" autocomplete="one-time-code" autocapitalize="off" autocorrect="off" spellcheck="false" maxlength="40"${faulty ? html` aria-invalid="true" aria-describedby="error ${hint}"` : html` aria-describedby="${hint}"`}>`;

/** Turning the second factor on: the secret as a picture and as text, and a first code that shows that it arrived. */
export function enrolPage({
  qr,
  secret,
  error,
}: Readonly<{
  /** An SVG picture made by ourselves. */
  qr: string;
  secret: string;
  error?: string;
}>): string {
  const fault = error !== undefined;
  return page(
    'Turn on your authenticator app',
    html`${fault && html`<p class="error" id="error" role="alert">${error}</p>`}
<p>Scan this picture with an authenticator app on your phone.</p>
<div class="qr" role="img" aria-label="QR code with the secret that stands below as text">${trusted(qr)}</div>
<p>Or type this secret into the app:<br><span class="secret">${secret.match(/.{1,4}/g)?.join(' ') ?? ''}</span></p>
<form method="post">
<label for="code">Code that the app shows now</label>
${codeField(fault, 'hint')}
<p class="below" id="hint">Six digits. They change every half minute.</p>
<button type="submit">Turn on</button>
</form>
<p class="links"><a href="/accounts/security/">Back to security</a></p>`,
  );
}

/** The second factor is on: new recovery codes, or turning it off, which takes a fresh proof. */
export function authenticatorPage({
  hasPassword,
  recoveryCodesLeft,
  error,
}: Readonly<{ hasPassword: boolean; recoveryCodesLeft: number; error?: string }>): string {
  const fault = error !== undefined;
  return page(
    'Authenticator app',
    html`<p>It is on: after your password we ask for a code.</p>
<section aria-labelledby="recovery">
<h2 id="recovery">Recovery codes</h2>
<p>Each works once in place of the app. You have ${recoveryCodesLeft} left. New codes make the old ones useless.</p>
<form method="post" action="/accounts/security/recovery-codes/">
<button type="submit" class="second">Make new recovery codes</button>
</form>
</section>
<section aria-labelledby="remove">
<h2 id="remove">Turn it off</h2>
<p id="why">Show once more that it is you${hasPassword && ', in one of two ways'}. Then your recovery codes end as well.</p>
${fault && html`<p class="error" id="error" role="alert">${error}</p>`}
<form method="post" action="/accounts/security/authenticator/remove">
<label for="code">Code from the app, or a recovery code</label>
${codeField(fault, 'why')}
${
  hasPassword &&
  html`<label for="password">Or your password</label>
<input id="password" name="password" type="password" autocomplete="current-password" maxlength="1024"${fault ? html` aria-invalid="true" aria-describedby="error why"` : html` aria-describedby="why"`}>`
}
<button type="submit" class="danger">Turn off</button>
</form>
</section>
<p class="links"><a href="/accounts/security/">Back to security</a></p>`,
  );
}

/** The only time that recovery codes are shown. */
export function recoveryCodesPage(codes: readonly string[]): string {
  return page(
    'Your recovery codes',
    html`<p>Print them or write them down now, and keep them somewhere safe: they are not shown again. Each works once, when
you cannot use your authenticator app.</p>
<ol class="codes">${codes.map((code) => html`<li>${code}</li>\n`)}</ol>
<a class="button" href="/accounts/security/">I have kept them</a>`,
  );
}
