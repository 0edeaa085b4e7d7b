import { type Html, html } from './html.ts';
import { day } from './moment.ts';
import { page } from './page.ts';

export type SecurityPage = Readonly<{
  email: string;
  emailVerified: boolean;
  hasPassword: boolean;
  passkeys: readonly Readonly<{
    credentialId: string;
    name: string;
    createdAt: Date;
    lastUsedAt: Date | null;
    backedUp: boolean;
  }>[];
  /** Since when the authenticator counts; null without one. */
  authenticatorSince: Date | null;
  recoveryCodesLeft: number;
  vouchers: readonly Readonly<{ name: string; createdAt: Date; lastUsedAt: Date | null }>[];
  /** A sentence about what was just done. */
  done?: string;
}>;

/** How an account is protected, and the way to change each part of it. */
export function securityPage(shown: SecurityPage): string {
  return page(
    'Security',
    html`<p>How you sign in as ${shown.email}.</p>
${shown.done !== undefined && html`<p class="good" role="status">${shown.done}</p>`}
${addressSection(shown)}
${passwordSection(shown)}
${passkeySection(shown)}
${authenticatorSection(shown)}
${voucherSection(shown)}
<p class="links"><a href="/accounts/sessions/">Where you are signed in</a>
<a href="/">Back to the exchange</a></p>`,
    'wide',
  );
}

function addressSection({ email, emailVerified }: SecurityPage): Html {
  return html`<section aria-labelledby="address">
<h2 id="address">E-mail address</h2>
${
  emailVerified
    ? html`<p>${email}. You sign in with it, and our mail goes there. <a href="/accounts/security/address/">Change your address</a></p>`
    : html`<p>${email}. Not confirmed yet. <a href="/accounts/verify_email/">Confirm it</a></p>`
}
</section>`;
}

function passwordSection({ hasPassword }: SecurityPage): Html {
  return html`<section aria-labelledby="password">
<h2 id="password">Password</h2>
${
  hasPassword
    ? html`<p>You have a password. <a href="/accounts/password_change/">Change it</a></p>`
    : html`<p>You have no password, and you do not need one.</p>`
}
</section>`;
}

function passkeySection({ passkeys }: SecurityPage): Html {
  return html`<section aria-labelledby="passkeys">
<h2 id="passkeys">Passkeys</h2>
<p>A passkey lets you sign in with your fingerprint, your face or your device's PIN. It cannot be guessed, and it works on
this site only.</p>
${passkeys.length > 0 && html`<ul class="rows">${passkeys.map(passkeyRow)}</ul>`}
<a class="button second" href="/accounts/security/passkeys/">Add a passkey</a>
</section>`;
}

function passkeyRow(
  { credentialId, name, createdAt, lastUsedAt, backedUp }: SecurityPage['passkeys'][number],
  index: number,
): Html {
  const field = `name-${index}`;
  return html`<li>
<h3>${name}</h3>
<p>Added ${day(createdAt)}. ${lastUsedAt ? html`Last used ${day(lastUsedAt)}.` : 'Not used yet.'}${backedUp && ' Kept in step between your devices.'}</p>
<details>
<summary>Rename or remove<span class="unseen"> ${name}</span></summary>
<form method="post" action="/accounts/security/passkeys/change" class="inline">
<input type="hidden" name="credential" value="${credentialId}">
<div><label for="${field}">Name</label>
<input id="${field}" name="name" type="text" maxlength="60" required value="${name}"></div>
<button type="submit" class="small" name="deed" value="rename">Save name</button>
</form>
<form method="post" action="/accounts/security/passkeys/change">
<input type="hidden" name="credential" value="${credentialId}">
<p>After removing it you cannot sign in with it any more. Delete it on your device as well.</p>
<button type="submit" class="danger" name="deed" value="remove">Remove this passkey</button>
</form>
</details>
</li>`;
}

function authenticatorSection({ authenticatorSince, recoveryCodesLeft }: SecurityPage): Html {
  const codes = `${recoveryCodesLeft} recovery code${recoveryCodesLeft === 1 ? '' : 's'} left`;
  return html`<section aria-labelledby="authenticator">
<h2 id="authenticator">Authenticator app</h2>
${
  authenticatorSince
    ? html`<p>On since ${day(authenticatorSince)}: after your password we ask for a code from your app. You have ${codes}.</p>
<a class="button second" href="/accounts/security/authenticator/">Recovery codes, or turn it off</a>`
    : html`<p>Off. Turn it on, and whoever learns your password still needs a code from an app on your phone.</p>
<a class="button second" href="/accounts/security/authenticator/">Turn on</a>`
}
</section>`;
}

function voucherSection({ vouchers }: SecurityPage): Html | false {
  if (vouchers.length === 0) return false;
  return html`<section aria-labelledby="vouchers">
<h2 id="vouchers">Organizations that vouch for you</h2>
<p>They can sign you in here. If one of them should not, tell the people who run this exchange.</p>
<ul class="rows">${vouchers.map(
    ({ name, createdAt, lastUsedAt }) => html`<li><h3>${name}</h3>
<p>Since ${day(createdAt)}. ${lastUsedAt ? html`Last used ${day(lastUsedAt)}.` : 'Not used yet.'}</p></li>`,
  )}</ul>
</section>`;
}
