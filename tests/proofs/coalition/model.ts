/**
 * The rule as this proof states it: what may be read, from the persons' own deeds alone. It knows nothing of views,
 * policies or domain/may.ts, and asks no table: it is told of each deed as it is done, and keeps what the deed means.
 *
 *   A yes of the person's own opens until somebody says no, or what was asked changes or ends.
 *   A yes of others opens only what was recorded wholly in that organization's keeping, and never after the person's no.
 *   Whoever reads is a member of the study's organization, appointed by a manager of it, or holds a link that it gave.
 */
export type Role = 'viewer' | 'member' | 'manager';

/** An organization that keeps a record; `person` when the person keeps it. */
export type Keeper = number | 'person';

/** The session in which a no was said: a proved one, or the link session of that name. */
export type SessionName = 'proved' | (string & {});

type Answer = Readonly<{ yes: boolean; by: 'person' | 'others'; session: SessionName | null }>;

export type RecordState = {
  keeper: Keeper;
  /** Organizations that the person accepted; of a record in keeping, its keeper. */
  accepted: Set<number>;
  enrolled: Set<number>;
  /** By `study/code`. */
  answers: Map<string, Answer>;
  /** The person's noes by `organization/measure`, with the sessions in which they were said. */
  noes: Map<string, Set<SessionName>>;
  /** Who kept the record when its readings were recorded, by code. */
  recorded: Map<number, Set<Keeper>>;
  /** Who sent them: the link session of that name, or others. */
  senders: Map<number, Set<SessionName>>;
};

export type StudyState = {
  organization: number;
  /** Numbers of the apps that the study uses. */
  clients: Set<number>;
  asks: Set<number>;
  endsOnDay: number | null;
};

export type Model = {
  day: number;
  records: Map<number, RecordState>;
  /** Roles by organization and person. */
  members: Map<number, Map<string, Role>>;
  /** Organizations that ever had a manager. */
  managed: Set<number>;
  /** Nobody reads there before that day. */
  closedUntilDay: Map<number, number>;
  studies: Map<number, StudyState>;
  /** The measure of a code, over all its codings; a code that is not here is a measure of its own. */
  measures: Map<number, string>;
  /** Link sessions that are over. */
  over: Set<string>;
  /** People who were deactivated. */
  out: Set<string>;
};

/**
 * Whose eyes: a person who works somewhere, persons with records of their own, whoever holds a link, or whoever made a
 * record theirs with a link and a mailbox of their own.
 */
export type Reader =
  | Readonly<{ kind: 'staff'; name: string }>
  | Readonly<{ kind: 'person'; records: readonly number[] }>
  | Readonly<{ kind: 'link'; record: number; organization: number; client: number; session: string }>
  | Readonly<{ kind: 'claimer'; record: number }>
  | Readonly<{ kind: 'anybody' }>;

export const emptyModel = (): Model => ({
  day: 0,
  records: new Map(),
  members: new Map(),
  managed: new Set(),
  closedUntilDay: new Map(),
  studies: new Map(),
  measures: new Map(),
  over: new Set(),
  out: new Set(),
});

export function newRecord(model: Model, record: number, keeper: Keeper, accepted: readonly number[]): void {
  model.records.set(record, {
    keeper,
    accepted: new Set(accepted),
    enrolled: new Set(),
    answers: new Map(),
    noes: new Map(),
    recorded: new Map(),
    senders: new Map(),
  });
}

export const roleOf = (model: Model, name: string, organization: number): Role | undefined =>
  model.members.get(organization)?.get(name);

export const organizationsOf = (model: Model, name: string): number[] =>
  [...model.members].filter(([, people]) => people.has(name)).map(([organization]) => organization);

const key = (study: number, code: number) => `${study}/${code}`;
const measureOf = (model: Model, code: number) => model.measures.get(code) ?? String(code);
const organizationOf = (model: Model, study: number) => model.studies.get(study)?.organization ?? -1;

// ---- Who works where ----

/** A manager gives a role; a superuser only where there never was a manager, or where none is left and it stays shut. */
export function appoint(model: Model, by: string, name: string, organization: number, role: Role): void {
  const people = model.members.get(organization) ?? new Map<string, Role>();
  model.members.set(organization, people);
  const isManager = people.get(by) === 'manager';
  if (!isManager && model.managed.has(organization)) {
    if ([...people].some(([its, held]) => held === 'manager' && !model.out.has(its))) return;
    model.closedUntilDay.set(organization, model.day + 14);
  }
  people.set(name, role);
  if (role === 'manager') model.managed.add(organization);
}

export function dismiss(model: Model, name: string, organization: number): void {
  model.members.get(organization)?.delete(name);
}

// ---- The person ----

/** She accepts an organization, and a study of it when one is named: in a proved session, and nobody else can. */
export function sheAccepts(model: Model, record: number, organization: number, study?: number): void {
  model.records.get(record)?.accepted.add(organization);
  if (study !== undefined) model.records.get(record)?.enrolled.add(study);
}

/** She answers in a proved session; null takes the answer back. */
export function sheAnswers(
  model: Model,
  record: number,
  study: number,
  code: number,
  yes: boolean | null,
): void {
  const held = model.records.get(record);
  if (!held) return;
  if (yes === null) held.answers.delete(key(study, code));
  else held.answers.set(key(study, code), { yes, by: 'person', session: 'proved' });
  if (yes !== true) remember(model, held, study, code, 'proved');
}

/** Her address is proved: from here on she keeps the record. */
export function sheProves(model: Model, record: number): void {
  const held = model.records.get(record);
  if (held) held.keeper = 'person';
}

/**
 * What goes along when whoever holds a link makes the record theirs, by whatever mailbox: what the organization's members
 * may read at this moment, or, where other links led to somebody before, only through studies that use this one's app;
 * and what nobody but this very session has sent.
 */
export function goesAlong(
  model: Model,
  link: Readonly<{ record: number; organization: number; client: number; session?: string }>,
  wereOthers: boolean,
): ReadonlySet<number> {
  const held = model.records.get(link.record);
  const isClosed = (model.closedUntilDay.get(link.organization) ?? 0) > model.day;
  if (!held || isClosed) return new Set();
  return new Set(
    [...held.recorded.keys()].filter(
      (code) =>
        [...model.studies].some(
          ([study, { organization, clients }]) =>
            organization === link.organization &&
            (!wereOthers || clients.has(link.client)) &&
            opens(model, link.record, study, code),
        ) ||
        (link.session !== undefined &&
          [...(held.senders.get(code) ?? [])].every((sender) => sender === link.session)),
    ),
  );
}

/** Somebody who holds a link made the record theirs. What does not go along is nobody's to read from here on. */
export function aHolderProves(model: Model, record: number, along: ReadonlySet<number>): void {
  const held = model.records.get(record);
  if (!held) return;
  held.keeper = 'person';
  for (const code of held.recorded.keys()) {
    if (along.has(code)) continue;
    held.recorded.delete(code);
    for (const about of held.answers.keys()) if (about.endsWith(`/${code}`)) held.answers.delete(about);
  }
}

function remember(model: Model, held: RecordState, study: number, code: number, session: SessionName): void {
  const about = `${organizationOf(model, study)}/${measureOf(model, code)}`;
  held.noes.set(about, (held.noes.get(about) ?? new Set()).add(session));
}

// ---- Everybody else ----

/** A link session answers: its no counts like hers, its yes like a manager's. */
export function aLinkAnswers(
  model: Model,
  link: Extract<Reader, { kind: 'link' }>,
  study: number,
  code: number,
  yes: boolean | null,
): void {
  const held = model.records.get(link.record);
  if (!held || !reachesStudy(model, link, study)) return;
  const said = noesTo(model, held, study, code);
  if (yes === true) {
    if ([...said].some((session) => session !== link.session)) return;
    held.answers.set(key(study, code), { yes, by: 'others', session: link.session });
  } else {
    if (yes === null) held.answers.delete(key(study, code));
    else held.answers.set(key(study, code), { yes, by: 'others', session: link.session });
    remember(model, held, study, code, link.session);
  }
}

/** What was opened with earlier links to this record ends: a new link was given out, or she proved who she is. */
export function linksEnd(model: Model, sessions: readonly string[]): void {
  for (const session of sessions) model.over.add(session);
}

/** A manager attests a yes, on a basis; anything less means nothing. */
export function staffAttest(
  model: Model,
  name: string,
  deed: { record: number; study: number; code: number; basis: string | undefined },
): void {
  const held = model.records.get(deed.record);
  const organization = organizationOf(model, deed.study);
  if (!held || !deed.basis || roleOf(model, name, organization) !== 'manager') return;
  if (held.keeper !== organization || noesTo(model, held, deed.study, deed.code).size > 0) return;
  if (held.answers.get(key(deed.study, deed.code))?.by === 'person') return;
  held.answers.set(key(deed.study, deed.code), { yes: true, by: 'others', session: null });
}

/** A no of others ends a yes, whosever it was; from an own yes only the person comes back. */
export function staffDecline(model: Model, record: number, study: number, code: number): void {
  const held = model.records.get(record);
  const standing = held?.answers.get(key(study, code));
  if (standing) held?.answers.set(key(study, code), { ...standing, yes: false, session: null });
}

export function enroll(model: Model, record: number, study: number): void {
  const held = model.records.get(record);
  if (held && held.keeper === organizationOf(model, study)) held.enrolled.add(study);
}

/** What ends answers, for all records or one, of a study or one of its codes. Nothing ever revives them. */
export function end(model: Model, what: { record?: number; study?: number; code?: number }): void {
  for (const [record, held] of model.records) {
    if (what.record !== undefined && record !== what.record) continue;
    for (const about of held.answers.keys()) {
      const [study, code] = about.split('/').map(Number);
      if (what.study !== undefined && study !== what.study) continue;
      if (what.code !== undefined && code !== what.code) continue;
      held.answers.delete(about);
    }
  }
}

export function unenroll(model: Model, record: number, study: number): void {
  model.records.get(record)?.enrolled.delete(study);
  end(model, { record, study });
}

export function leave(model: Model, record: number, organization: number): void {
  const held = model.records.get(record);
  held?.accepted.delete(organization);
  for (const [study, { organization: its }] of model.studies) {
    if (its === organization) unenroll(model, record, study);
  }
}

/** A reading was recorded: under whom the record stood then decides for ever what others may open. */
export function recorded(model: Model, record: number, code: number, sender: SessionName = 'others'): void {
  const held = model.records.get(record);
  if (!held) return;
  held.recorded.set(code, (held.recorded.get(code) ?? new Set()).add(held.keeper));
  held.senders.set(code, (held.senders.get(code) ?? new Set()).add(sender));
}

// ---- What may be read ----

const noesTo = (model: Model, held: RecordState, study: number, code: number): ReadonlySet<SessionName> =>
  held.noes.get(`${organizationOf(model, study)}/${measureOf(model, code)}`) ?? new Set();

/** Does an answer to this question open the series now? */
export function opens(model: Model, record: number, study: number, code: number): boolean {
  const held = model.records.get(record);
  const asked = model.studies.get(study);
  const answer = held?.answers.get(key(study, code));
  if (!held || !asked || !answer?.yes || !asked.asks.has(code)) return false;
  if (asked.endsOnDay !== null && asked.endsOnDay <= model.day) return false;
  if (!held.accepted.has(asked.organization) || !held.enrolled.has(study)) return false;
  if (answer.by === 'person') return true;
  const pure = [...(held.recorded.get(code) ?? [])].every((keeper) => keeper === asked.organization);
  return pure && [...noesTo(model, held, study, code)].every((session) => session === answer.session);
}

function reachesStudy(model: Model, link: Extract<Reader, { kind: 'link' }>, study: number): boolean {
  const asked = model.studies.get(study);
  return (
    asked?.organization === link.organization &&
    asked.clients.has(link.client) &&
    !model.over.has(link.session) &&
    model.records.get(link.record)?.keeper === link.organization
  );
}

/** May this reader read this series now? */
export function mayRead(model: Model, reader: Reader, record: number, code: number): boolean {
  if (reader.kind === 'anybody') return false;
  if (reader.kind === 'person') return reader.records.includes(record);
  if (reader.kind === 'claimer')
    return reader.record === record && (model.records.get(record)?.recorded.has(code) ?? false);
  if (reader.kind === 'staff' && model.out.has(reader.name)) return false;
  return [...model.studies].some(([study, { organization }]) => {
    if ((model.closedUntilDay.get(organization) ?? 0) > model.day) return false;
    if (!opens(model, record, study, code)) return false;
    return reader.kind === 'staff'
      ? roleOf(model, reader.name, organization) !== undefined
      : reader.record === record && reachesStudy(model, reader, study);
  });
}

/** May this reader add readings to this series now? Staff where an answer opens, a link in its studies, whoever keeps it. */
export function mayRecord(model: Model, reader: Reader, record: number, code: number): boolean {
  return [...model.studies].some(([study, { organization }]) => {
    if (!opens(model, record, study, code)) return false;
    if (reader.kind === 'person') return reader.records.includes(record);
    if (reader.kind === 'claimer') return reader.record === record;
    if ((model.closedUntilDay.get(organization) ?? 0) > model.day) return false;
    if (reader.kind === 'link') return reader.record === record && reachesStudy(model, reader, study);
    return reader.kind === 'staff' && actsAt(model, reader.name, organization);
  });
}

/** May somebody give out a link to the record? A member or manager of the organization that keeps it. */
export const mayInvite = (model: Model, name: string, record: number): boolean => {
  const keeper = model.records.get(record)?.keeper;
  return typeof keeper === 'number' && actsAt(model, name, keeper);
};

/** A member or manager there. */
export const actsAt = (model: Model, name: string, organization: number): boolean =>
  !model.out.has(name) && ['member', 'manager'].includes(roleOf(model, name, organization) ?? '');

/** May this reader know who the record is about? Who accepted, or keeps it; whoever holds a link to it. */
export function mayKnow(model: Model, reader: Reader, record: number): boolean {
  const held = model.records.get(record);
  if (!held) return true;
  switch (reader.kind) {
    case 'anybody':
      return false;
    case 'person':
      return reader.records.includes(record);
    case 'claimer':
      return reader.record === record;
    case 'link':
      return (
        reader.record === record && held.keeper === reader.organization && !model.over.has(reader.session)
      );
    case 'staff':
      return organizationsOf(model, reader.name).some((organization) => held.accepted.has(organization));
  }
}
