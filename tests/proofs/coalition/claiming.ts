/**
 * The shortest way to be the patient: whoever holds a link makes an account with a mailbox of their own, and types the code
 * that is mailed there. Nothing tells them from the person whom the link was meant for, so the record becomes theirs; and
 * from it they get what the organization's members could read at that moment, and what is recorded afterwards. What was
 * closed to everybody stays closed.
 */
import { hashPassword } from '../../../apps/exchange/src/access/password.ts';
import { codeInMail, type Open, openPages, PASSWORD_OF_A_TEST, signUpToClaim } from '../../setup/pages.ts';
import { mintToken } from '../../setup/tokens.ts';
import type { Deed } from './deeds.ts';
import * as model from './model.ts';
import type { Link, Walk } from './walk.ts';

/** Mo typed it in, so the coalition knows it. */
const EVES_BIRTH_DATE = '1971-03-04';

/** At our pages, with every page opened in the report. */
function browse(walk: Walk): Open {
  const open = openPages(walk.world.exchange);
  return async (url, form) => {
    const page = await open(url, form);
    walk.asked.push(`somebody: ${form ? 'POST' : 'GET'} ${url} ${page.status}`);
    return page;
  };
}

/** What is claimed with: the newest link, unopened, or the session of the newest link that was opened. */
async function claimPathOf(
  walk: Walk,
  from: 'link' | 'app',
): Promise<{ path: string; link: Reach } | undefined> {
  if (from === 'link') {
    const link = walk.links.at(-1);
    return link && { path: `/accounts/record/claim/${link.token}/`, link };
  }
  const holder = walk.principals.findLast(({ reader }) => reader.kind === 'link');
  if (holder?.reader.kind !== 'link') return undefined;
  const reply = await walk.ask(holder, 'POST', '/api/v1/record-claims');
  if (reply.statusCode !== 201) return undefined;
  return { path: new URL(reply.json<{ claimUrl: string }>().claimUrl).pathname, link: holder.reader };
}
type Reach = Pick<Link, 'record' | 'organization' | 'client'> &
  Readonly<{ session?: string; token?: string }>;

/** Five wrong birth dates close a link. */
const isClosed = (walk: Walk, token: string) => (walk.wrongBirthDates.get(token) ?? 0) >= 5;

/** Tries birth dates on the page of the newest link; after five wrong ones it is closed. */
export const guessBirthDate = (times: number): Deed => ({
  words: `somebody tries ${times} birth dates with the newest link`,
  async carryOut(walk) {
    const link = walk.links.at(-1);
    if (!link) return;
    const path = `/accounts/record/claim/${link.token}/`;
    const open = browse(walk);
    const rows = (text: string, values: unknown[]) => walk.world.sql(text, ...values);
    const email = `guesser${walk.asked.length}@example.net`;
    if (!(await signUpToClaim(open, rows, { path, email }))) return;
    for (let day = 1; day <= times; day++) {
      const page = await open(path, { step: 'birth-date', birth_date: `1970-01-0${day}` });
      for (const told of ['Eve', 'Harrow', 'Glucose at Lakeside', 'MRN-eve'])
        if (page.body.includes(told))
          walk.faults.push(`the page of a link told ${told} before it was opened`);
    }
    const wrong = (walk.wrongBirthDates.get(link.token) ?? 0) + times;
    walk.wrongBirthDates.set(link.token, wrong);
  },
});

/** Claims the record of a link with a mailbox of the coalition's own. */
export const claimWithOwnMailbox = (from: 'link' | 'app' = 'link', birthDate = EVES_BIRTH_DATE): Deed => ({
  words: `somebody claims the record of the newest ${from === 'link' ? 'link' : 'link’s session'} with a mailbox of their own`,
  async carryOut(walk) {
    const claim = await claimPathOf(walk, from);
    if (!claim) return;
    const { path, link } = claim;
    const open = browse(walk);
    const nth = walk.principals.filter(({ reader }) => reader.kind === 'claimer').length + 1;
    const email = `mallory${nth}@example.net`;
    const rows = (text: string, values: unknown[]) => walk.world.sql(text, ...values);
    if (!(await signUpToClaim(open, rows, { path, email }))) return;
    await open(path, { step: 'birth-date', birth_date: birthDate });
    await open(path, { step: 'send' });
    const wereOthers = walk.principals.some(
      ({ reader }) =>
        reader.kind === 'link' && reader.record === link.record && reader.session !== link.session,
    );
    const along = model.goesAlong(walk.model, link, wereOthers);
    const proved = await open(path, { step: 'prove', code: await codeInMail(rows, email) });
    if (!proved.body.includes('The record is yours')) return;
    if (link.token !== undefined && isClosed(walk, link.token))
      walk.faults.push('a link leads to the record that wrong birth dates had closed');
    const [account] = await walk.world.sql<{ id: number }>('select id from app_user where email = $1', email);
    if (!account) return;
    const token = await mintToken(walk.world.exchange, {
      userId: account.id,
      scope: 'openid patient/*.cruds',
      grantId: `claimer${nth}`,
    });
    model.aHolderProves(walk.model, link.record, along);
    const reader = { kind: 'claimer', record: link.record } as const;
    walk.principals.push({ name: `claimer ${nth}`, token, reader, isSuperuser: false });
  },
});

/**
 * Eve makes the record hers at her own computer: with the newest link, before anybody has opened it, or from the app in which
 * she opened it, where the record's login has her address already. She is shown what links opened before. `ticks`: she, or whoever got at her form, says that all of it is hers. What she is shown comes back.
 */
export const eveClaims = (ticks: boolean, hasLogin = false): Deed & { shown: string } => ({
  words: `Eve makes the record hers${hasLogin ? ', in the login that it has' : ''}${ticks ? ', and ticks every session' : ''}`,
  shown: '',
  async carryOut(walk) {
    // Signing in to a login ends the links to it, so that whoever has one comes from the app.
    const claim = await claimPathOf(walk, hasLogin ? 'app' : 'link');
    if (!claim) return;
    const { path, link } = claim;
    const { sql, exchange } = walk.world;
    const open = openPages(exchange);
    const rows = (text: string, values: unknown[]) => sql(text, ...values);
    if (hasLogin) {
      await giveLogin(walk);
      const page = await open(`/accounts/login/?next=${encodeURIComponent(path)}`);
      await open(page.url, { email: 'eve@example.org', password: PASSWORD_OF_A_TEST });
    } else if (!(await signUpToClaim(open, rows, { path, email: 'eve@example.org' }))) return;
    await open(path, { step: 'birth-date', birth_date: EVES_BIRTH_DATE });
    await open(path, { step: 'send' });
    this.shown = (await open(path)).body;
    const sessions = await sql<{ grant_id: string; user_id: number }>(
      'select grant_id, user_id from link_session where patient_id = $1',
      link.record,
    );
    const opened = walk.principals.filter(
      ({ reader }) => reader.kind === 'link' && reader.record === link.record,
    );
    const along = model.goesAlong(walk.model, link, opened.length > (hasLogin ? 1 : 0));
    const ticked = ticks ? sessions.map(({ grant_id }) => [`keep ${grant_id}`, 'yes']) : [];
    const code = await codeInMail(rows, 'eve@example.org');
    const proved = await open(path, { step: 'prove', code, ...Object.fromEntries(ticked) });
    if (!proved.body.includes('The record is yours')) return;
    const [eve] = await sql<{ id: number }>("select id from app_user where email = 'eve@example.org'");
    walk.evesToken = await mintToken(exchange, {
      userId: eve!.id,
      scope: 'openid patient/*.cruds',
      grantId: 'eve',
    });
    model.aHolderProves(walk.model, link.record, along);
    // Only sessions of the very login can be said to be hers; she answers for what she ticks.
    const isHers = ticks && sessions.every(({ user_id }) => user_id === eve!.id);
    for (const [at, principal] of walk.principals.entries()) {
      if (!opened.includes(principal) || principal.reader.kind !== 'link') continue;
      if (isHers) walk.principals[at] = { ...principal, reader: { kind: 'person', records: [link.record] } };
      else model.linksEnd(walk.model, [principal.reader.session]);
    }
  },
});

/** The login of Eve's record gets her address, proved, and a password: as the owner of the database writes it. */
async function giveLogin({ world }: Walk): Promise<void> {
  await world.sql(
    `update app_user set email = 'eve@example.org', email_verified = true, password_hash = $2
     where id = (select user_id from patient where id = $1)`,
    world.eve,
    await hashPassword(PASSWORD_OF_A_TEST),
  );
}
