/** Links in the wrong hands: opened like a patient's app opens them, and followed like a scanner of mail follows them. */
import { openMails } from '../../setup/mail.ts';
import { clients, MAILBOXES } from './cast.ts';
import { linksEnd, mayInvite } from './model.ts';
import type { Link, Walk } from './walk.ts';

const form = (fields: Record<string, string>) => new URLSearchParams(fields).toString();

/** Redeems a link and exchanges the code; whoever did that is one more of the coalition. */
export async function redeem(walk: Walk, link: Link | undefined): Promise<void> {
  if (!link) return;
  const redeemed = await walk.ask('nobody', 'POST', `/api/v1/invitation/${link.token}`);
  if (redeemed.statusCode !== 200) return;
  if (link.issuer && !mayInvite(walk.model, link.issuer, link.record))
    walk.faults.push(`a link of ${link.issuer}'s opened, who may give none`);
  if ((walk.wrongBirthDates.get(link.token) ?? 0) >= 5)
    walk.faults.push('a link opened that wrong birth dates had closed');
  const { grant } = redeemed.json<{ grant: Record<string, string> }>();
  const fields = { ...grant, code_verifier: Buffer.from(link.token).toString('base64url') };
  const reply = await walk.world.exchange.app.http.inject({
    method: 'POST',
    url: '/o/token/',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    payload: form(fields),
  });
  walk.transcript?.add('the link is exchanged', reply);
  if (reply.statusCode !== 200) return;
  // A new link ends what the ones before had opened.
  linksEnd(
    walk.model,
    walk.principals.flatMap(({ reader }) =>
      reader.kind === 'link' && reader.record === link.record && reader.client === link.client
        ? [reader.session]
        : [],
    ),
  );
  const nth = walk.principals.filter(({ reader }) => reader.kind === 'link').length + 1;
  walk.principals.push({
    name: `link holder ${nth}`,
    token: reply.json<{ access_token: string }>().access_token,
    reader: {
      kind: 'link',
      record: link.record,
      organization: link.organization,
      client: link.client,
      session: `link ${nth}`,
    },
    isSuperuser: false,
  });
}

const SITE = 'http://localhost:8000';

/**
 * Every mail but those to the persons' own mailboxes. Invitations are redeemed; whatever else is a link of ours is opened,
 * and the form that stands there is sent as it stands.
 */
export async function followMail(walk: Walk): Promise<void> {
  const mails = await walk.world.sql<{ id: number; recipient: string; body: string }>(
    'select id, recipient, body from mail where id > $1 order by id',
    walk.scannedMail,
  );
  for (const { id, recipient, body } of openMails(mails)) {
    walk.scannedMail = id;
    if (MAILBOXES.includes(recipient.toLowerCase())) continue;
    for (const url of body.match(/https?:\/\/\S+/g) ?? []) {
      const [, token] = /_([A-Za-z0-9]{32})(?![A-Za-z0-9])/.exec(decodeURIComponent(url)) ?? [];
      if (token) await redeem(walk, await linkOf(walk, token));
      else if (url.startsWith(`${SITE}/`)) await openAndSend(walk, url.slice(SITE.length));
    }
  }
}

/** What the link is to, as the owner of the database knows it: a scanner need not know. */
async function linkOf(walk: Walk, token: string): Promise<Link | undefined> {
  const { createHash } = await import('node:crypto');
  const hash = createHash('sha256').update(token).digest('base64url');
  const [row] = await walk.world.sql<{ record: number; client: number }>(
    'select patient_id as record, client_id as client from invitation where token_hash = $1',
    hash,
  );
  if (!row) return undefined;
  const keeper = walk.model.records.get(row.record)?.keeper;
  return {
    token,
    record: row.record,
    organization: typeof keeper === 'number' ? keeper : -1,
    client: row.client ?? clients.glucoseApp,
  };
}

async function openAndSend(walk: Walk, url: string): Promise<void> {
  const { http } = walk.world.exchange.app;
  const page = await http.inject({ method: 'GET', url, headers: { host: 'localhost:8000' } });
  const [, action] = /<form[^>]*method="post"[^>]*action="([^"]*)"/.exec(page.body) ?? [];
  const to = action === undefined || action === '' ? url : action.replaceAll('&amp;', '&').replace(SITE, '');
  await http.inject({
    method: 'POST',
    url: to,
    headers: { host: 'localhost:8000', 'content-type': 'application/x-www-form-urlencoded' },
    payload: form({
      password: 'Scanned-by-all-7f31',
      password1: 'Scanned-by-all-7f31',
      password2: 'Scanned-by-all-7f31',
    }),
  });
}
