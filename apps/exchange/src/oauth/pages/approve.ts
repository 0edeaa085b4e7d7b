import { html } from './html.ts';
import { page } from './page.ts';

export type ApprovePage = Readonly<{
  clientName: string;
  email: string;
  /** What is asked for, one sentence each. */
  asks: readonly string[];
}>;

/** Asks the signed-in person whether a client may act for them. */
export function approvePage({ clientName, email, asks }: ApprovePage): string {
  return page(
    `Connect ${clientName}?`,
    html`<p>You are signed in as ${email}. ${clientName} asks to:</p>
<ul>
${(asks.length > 0 ? asks : ['Know that it is you']).map((ask) => html`<li>${ask}</li>\n`)}</ul>
<p>It never sees more than you may see yourself, and what patients stop sharing it no longer sees.</p>
<form method="post">
<button type="submit" name="decision" value="allow">Allow</button>
<button type="submit" name="decision" value="deny" class="second">Do not allow</button>
</form>`,
  );
}
