/** What is looked at after each deed: with SQL as the owner, and with the requests of everybody of the coalition. */
import { rounds } from '../../setup/nightly.ts';
import { ASKED, CODE_WORDS, patients, users } from './cast.ts';
import { mayRead, opens } from './model.ts';
import { asPrincipal, type Principal, type Walk } from './walk.ts';

type ConsentRow = {
  patient_id: number;
  study_id: number;
  code_id: number;
  permitted: boolean;
  opens?: boolean;
  ends_at?: string | null;
};

const nameOf = (walk: Walk, record: number) =>
  record === patients.ada ? 'Ada' : record === walk.world.eve ? 'Eve' : `record ${record}`;

/** Whose record something is about; what the coalition made itself is nobody's secret. */
const victims = (walk: Walk) =>
  [...walk.model.records.keys()].filter((record) => !walk.made.records.includes(record));

/** What stands in the database that no deed of hers, or no attestation that counts, has put there. */
async function standing(walk: Walk): Promise<string[]> {
  const { world, model } = walk;
  const ours = victims(walk);
  const faults: string[] = [];
  const consents = await world.sql<{ row: ConsentRow }>(
    'select to_jsonb(c) as row from consent c where patient_id = any($1)',
    ours,
  );
  for (const { row } of consents) {
    const isOver = row.ends_at != null && new Date(row.ends_at) <= new Date();
    if (!(row.opens ?? row.permitted) || isOver) continue;
    if (opens(model, row.patient_id, row.study_id, row.code_id)) continue;
    faults.push(
      `an answer opens ${nameOf(walk, row.patient_id)}'s ${CODE_WORDS[row.code_id]} to study ${row.study_id}`,
    );
  }
  for (const [record, { answers }] of model.records) {
    for (const [about, { yes, by }] of answers) {
      const stands = consents.find(
        ({ row }) => row.patient_id === record && `${row.study_id}/${row.code_id}` === about,
      );
      if (by === 'person' && stands?.row.permitted !== yes)
        faults.push(
          `${nameOf(walk, record)}'s own ${yes ? 'yes' : 'no'} to ${about} is ${stands ? 'another' : 'gone'}`,
        );
    }
  }
  const records = await world.sql<{
    id: number;
    keeper: number | null;
    user_id: number | null;
    verified: boolean | null;
    organizations: number[];
    studies: number[];
  }>(
    `select p.id, (to_jsonb(p)->>'keeper_organization_id')::bigint as keeper, p.user_id, u.email_verified as verified,
       array(select organization_id from patient_organization o where o.patient_id = p.id order by 1) as organizations,
       array(select study_id from enrollment e where e.patient_id = p.id order by 1) as studies
     from patient p left join app_user u on u.id = p.user_id`,
  );
  for (const { id, keeper, user_id, verified, organizations, studies } of records) {
    const held = model.records.get(id);
    if (!held) continue;
    const who = nameOf(walk, id);
    for (const organization of organizations) {
      if (!held.accepted.has(organization))
        faults.push(`${who} belongs to ${organization} without having accepted`);
    }
    for (const study of studies) {
      if (!held.enrolled.has(study))
        faults.push(`${who} is enrolled in study ${study} without having accepted`);
    }
    const keeps = keeper ?? 'person';
    if (keeps !== held.keeper) faults.push(`${who}'s record is kept by ${keeps} instead of ${held.keeper}`);
    if (user_id === users.ada && id !== patients.ada) faults.push(`${who} is tied to Ada's login`);
    if (held.keeper !== 'person' && verified) faults.push(`${who}'s address counts as proved`);
  }
  return faults;
}

/** The readings that somebody finds, against those that the rule lets them read. */
export async function seenBy(walk: Walk, principal: Principal): Promise<{ faults: string[]; seen: number }> {
  if (principal.token === null) return { faults: [], seen: 0 };
  const reply = await walk.ask(principal, 'GET', '/FHIR/R5/Observation?_count=200');
  if (reply.statusCode !== 200) return { faults: [], seen: 0 };
  const { total, entry = [] } = reply.json<{ total: number; entry?: { resource: { id: string } }[] }>();
  const rows = await walk.world.sql<{ id: string; record: number; code: number }>(
    'select id::text, patient_id as record, code_id as code from observation where id = any($1)',
    entry.map(({ resource }) => Number(resource.id)),
  );
  const faults = new Set<string>();
  for (const { record, code } of rows) {
    if (!mayRead(walk.model, principal.reader, record, code))
      faults.add(`${principal.name} reads ${nameOf(walk, record)}'s ${CODE_WORDS[code]}`);
  }
  if (total !== rows.length)
    faults.add(`${principal.name} is told of ${total} readings and shown ${rows.length}`);
  return { faults: [...faults], seen: rows.length };
}

/** Everything that a token can ask about a record; what is told is looked at by the walk. */
async function lookAround(walk: Walk, principal: Principal): Promise<string[]> {
  const { ask, world } = walk;
  const faults: string[] = [];
  for (const url of [
    '/api/v1/users/profile',
    '/api/v1/patients/me',
    '/api/v1/patients',
    '/api/v1/studies',
    '/api/v1/organizations',
    '/FHIR/R5/Patient?_count=100',
    '/FHIR/R5/Group?_count=100',
  ])
    await ask(principal, 'GET', url);
  for (const record of [patients.ada, world.eve]) {
    for (const part of ['', '/consents', '/consents/history', '/series', '/consolidated_clients'])
      await ask(principal, 'GET', `/api/v1/patients/${record}${part}`);
    const trail = await ask(principal, 'GET', `/api/v1/audit_events?patientId=${record}`);
    const { reader } = principal;
    const isTheirs = reader.kind === 'claimer' && reader.record === record;
    if (trail.statusCode === 200 && !principal.isSuperuser && !isTheirs && trail.json().count > 0)
      faults.push(`${principal.name} reads the trail of ${nameOf(walk, record)}`);
    for (const code of ASKED) {
      const values = await ask(principal, 'GET', `/api/v1/patients/${record}/series/${code}/values`);
      if (values.statusCode === 200 && !mayRead(walk.model, principal.reader, record, code))
        if ((values.json<{ points?: unknown[] }>().points ?? []).length > 0)
          faults.push(`${principal.name} reads ${nameOf(walk, record)}'s values of ${CODE_WORDS[code]}`);
    }
    const listed = await ask(principal, 'GET', `/api/v1/observations?patientId=${record}`);
    if (listed.statusCode === 200) {
      const count = listed.json<{ count: number }>().count;
      const may = ASKED.some((code) => mayRead(walk.model, principal.reader, record, Number(code)));
      if (count > 0 && !may)
        faults.push(`${principal.name} lists ${count} readings of ${nameOf(walk, record)}`);
    }
  }
  return faults;
}

/** One of each kind, and whoever came by a link: they look after every deed; everybody looks when a walk ends. */
export const watchers = ({ principals }: Walk): Principal[] =>
  principals.filter(
    ({ name, reader }) =>
      ['link', 'claimer'].includes(reader.kind) || ['vic', 'hana', 'wes', 'root'].includes(name),
  );

/** After one deed: what stands, and what is found. Returns every way in which it is beyond the rule. */
export async function checkDeed(
  walk: Walk,
  looking: readonly Principal[] = watchers(walk),
): Promise<{ faults: string[]; seen: number }> {
  const faults = [...walk.faults.splice(0), ...(await standing(walk))];
  let seen = 0;
  for (const principal of looking) {
    const found = await seenBy(walk, principal);
    faults.push(...found.faults);
    seen += found.seen;
  }
  return { faults: [...faults, ...walk.faults.splice(0)], seen };
}

/**
 * At the end of a walk everybody looks, and whoever knows least of her asks whatever can be asked; every night so does another
 * one in four of all, and whoever came by a link.
 */
export async function checkEnd(walk: Walk): Promise<string[]> {
  const { faults } = await checkDeed(walk, walk.principals);
  const cameByLink = ({ reader }: Principal) => ['link', 'claimer'].includes(reader.kind);
  const knowsLeast = ({ name }: Principal) => name === 'wes';
  const inTurn = (i: number) => rounds(0, 1) === 1 && (i + walk.asked.length) % 4 === 0;
  for (const principal of [...watchers(walk), asPrincipal(walk, 'nobody')].filter(
    (its, i) => cameByLink(its) || knowsLeast(its) || inTurn(i),
  ))
    faults.push(...(await lookAround(walk, principal)));
  return [...faults, ...walk.faults.splice(0)];
}
