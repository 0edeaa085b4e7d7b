import { type Html, html } from './html.ts';
import { day, moment } from './moment.ts';
import { page } from './page.ts';

export type SessionsPage = Readonly<{
  sessions: readonly Readonly<{
    uid: string;
    isThis: boolean;
    device: string;
    signedInAt: Date;
    usedAt: Date | null;
    /** In words, such as `password and a code`. */
    methods: string;
    clients: readonly string[];
  }>[];
  connected: readonly Readonly<{
    grantId: string;
    clientName: string;
    since: Date;
    usedAt: Date;
    /** What it may do, one sentence each. */
    may: readonly string[];
  }>[];
  done?: string;
}>;

/** Where a person is signed in and what stays connected, and how to end each of it or all. */
export function sessionsPage({ sessions, connected, done }: SessionsPage): string {
  return page(
    'Where you are signed in',
    html`<p>Is there something here that you do not know? Sign it out, then look after your
<a href="/accounts/security/">security</a>.</p>
${done !== undefined && html`<p class="good" role="status">${done}</p>`}
<section aria-labelledby="browsers">
<h2 id="browsers">Browsers</h2>
<ul class="rows">${sessions.map(sessionRow)}</ul>
</section>
<section aria-labelledby="apps">
<h2 id="apps">Connected applications</h2>
${
  connected.length > 0
    ? html`<p>They can come back for your data until you disconnect them, or sign out in the browser where you let them in.</p>
<ul class="rows">${connected.map(connectedRow)}</ul>`
    : html`<p>No application can come back for your data by itself.</p>`
}
</section>
<section aria-labelledby="everywhere">
<h2 id="everywhere">Sign out everywhere</h2>
<p>Ends every session, this one too, and disconnects every application at once.</p>
<form method="post" action="/accounts/sessions/end-all">
<button type="submit" class="danger">Sign out everywhere</button>
</form>
</section>
<p class="links"><a href="/accounts/security/">Security</a>
<a href="/">Back to the exchange</a></p>`,
    'wide',
  );
}

function sessionRow({
  uid,
  isThis,
  device,
  signedInAt,
  usedAt,
  methods,
  clients,
}: SessionsPage['sessions'][number]): Html {
  return html`<li class="row">
<div><h3>${device}${isThis && html` <span class="badge">This browser</span>`}</h3>
<p>Signed in ${moment(signedInAt)}${methods !== '' && ` with ${methods}`}.</p>
${usedAt !== null && html`<p>Last used ${moment(usedAt)}.</p>`}
${clients.length > 0 && html`<p>Entered: ${clients.join(', ')}.</p>`}</div>
<form method="post" action="/accounts/sessions/end">
<button type="submit" class="small" name="session" value="${uid}">Sign out<span class="unseen"> ${device}</span></button>
</form>
</li>`;
}

function connectedRow({ grantId, clientName, since, usedAt, may }: SessionsPage['connected'][number]): Html {
  return html`<li class="row">
<div><h3>${clientName}</h3>
<p>Since ${day(since)}. Last used ${moment(usedAt)}.</p>
${may.length > 0 && html`<ul>${may.map((sentence) => html`<li>${sentence}</li>\n`)}</ul>`}</div>
<form method="post" action="/accounts/sessions/end">
<button type="submit" class="small" name="grant" value="${grantId}">Disconnect<span class="unseen"> ${clientName}</span></button>
</form>
</li>`;
}
