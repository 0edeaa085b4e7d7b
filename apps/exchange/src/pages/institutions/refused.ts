/** What a person reads when an institution's word does not let them in. It is the same whatever is known of them here. */
import type { PageContext } from '../page-context.ts';
import { show } from '../show.ts';
import { html } from '../views/html.ts';
import { page } from '../views/page.ts';

/** `institution` is its name for people; `path` leads back to the ways to sign in. */
type Refused = Readonly<{ institution: string; path: string }>;

/** The account is a patient's, closed, not to be found this way, or from elsewhere: no difference is shown. */
export function showSignUpClosed(ctx: PageContext, { institution, path }: Refused): void {
  ctx.status = 403;
  show(
    ctx,
    page(
      'Sign Up Closed',
      html`<p>${institution} says who you are, but that opens no account here.</p>
<p>If you have an account, sign in another way. If you should get one, ask the people who run this exchange.</p>
<p><a href="${path}">Sign in another way</a></p>`,
    ),
  );
}

export function showNoAddress(ctx: PageContext, { institution, path }: Refused): void {
  ctx.status = 403;
  show(
    ctx,
    page(
      'An e-mail address is missing',
      html`<p>${institution} did not send your e-mail address, and without one there is no account here.</p>
<p>Ask the people who run sign-in there to send it to this exchange.</p>
<p><a href="${path}">Sign in another way</a></p>`,
    ),
  );
}

/** The answer itself cannot be taken, or the institution cannot be reached; `code` is for whoever is asked for help. */
export function showNoAnswer(
  ctx: PageContext,
  institution: string,
  status: number,
  code: string,
  home: string,
): void {
  ctx.status = status;
  show(
    ctx,
    page(
      'Signing in did not work',
      html`<p>What came from ${institution} cannot be used to sign in.</p>
<p>Go back to the application and sign in again. If it happens again, tell the people who run this exchange what stands below.</p>
<p class="code">${code}</p>
<p><a href="${home}">Back to the start</a></p>`,
    ),
  );
}
