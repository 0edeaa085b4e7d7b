/** One walk: deeds done one after the other in a world that begins as it was, and what the coalition is told on the way. */
import type { LightMyRequestResponse } from 'fastify';
import {
  ADA_IS,
  COALITION,
  clients,
  type Name,
  organizations,
  patients,
  studies,
  type World,
} from './cast.ts';
import { type Model, mayKnow, type Reader, roleOf } from './model.ts';
import type { Transcript } from './transcript.ts';

/** Whoever asks: a name for people, a token, and what the rule knows them as. */
export type Principal = Readonly<{
  name: string;
  token: string | null;
  reader: Reader;
  isSuperuser: boolean;
}>;

/** A link that somebody got hold of. */
export type Link = Readonly<{
  token: string;
  record: number;
  organization: number;
  client: number;
  /** Who gave it, where that is known. */
  issuer?: Name;
}>;

export type Reply = LightMyRequestResponse;

export type Walk = {
  readonly world: World;
  readonly model: Model;
  readonly principals: Principal[];
  readonly links: Link[];
  /** How many wrong birth dates were tried with a link, by its token. */
  readonly wrongBirthDates: Map<string, number>;
  /** What was made on the way: records, studies, organizations, by the numbers that the replies gave. */
  readonly made: { records: number[]; studies: number[]; organizations: number[] };
  /** What a reply told that it must not. */
  readonly faults: string[];
  /** What the coalition knows because it typed it in itself. */
  readonly typed: string[];
  /** Each request with the status of its reply, for the report of a failure. */
  readonly asked: string[];
  /** Of a session of Eve's own, once she has proved who she is. */
  evesToken: string | undefined;
  /** Mail up to this number was scanned. */
  scannedMail: number;
  readonly transcript: Transcript | null;
  /** A request by somebody of the coalition; what it is told is looked at. */
  ask(who: Name | Principal | 'nobody', method: string, url: string, body?: unknown): Promise<Reply>;
};

export const asPrincipal = ({ principals }: Pick<Walk, 'principals'>, name: string): Principal => {
  const found = principals.find((principal) => principal.name === name);
  if (!found) throw new Error(`nobody is called ${name}`);
  return found;
};

const readerOf = (name: Name): Reader =>
  name === 'ben' || name === 'cleo' ? { kind: 'person', records: [patients[name]] } : { kind: 'staff', name };

/** Puts the world back to its beginning and gives everybody their tokens. */
export async function beginWalk(world: World, transcript: Transcript | null = null): Promise<Walk> {
  await world.restore();
  const walk: Walk = {
    world,
    model: structuredClone(world.start),
    principals: [
      ...(Object.keys(COALITION) as Name[]).map((name) => ({
        name,
        token: world.tokens.get(name)!,
        reader: readerOf(name),
        isSuperuser: name === 'root',
      })),
      { name: 'nobody', token: null, reader: { kind: 'anybody' }, isSuperuser: false },
    ],
    links: [],
    wrongBirthDates: new Map(),
    made: { records: [], studies: [], organizations: [] },
    faults: [],
    typed: [],
    asked: [],
    evesToken: undefined,
    scannedMail: 0,
    transcript,
    async ask(who, method, url, body) {
      const principal = typeof who === 'string' ? asPrincipal(walk, who) : who;
      walk.typed.push(decodeURIComponent(url) + JSON.stringify(body ?? ''));
      const reply = await world.ask(principal.token, method, url, body);
      const words = `${principal.name}: ${method} ${url}`;
      walk.asked.push(
        `${words} ${reply.statusCode}${reply.statusCode >= 400 ? ` ${reply.body.slice(0, 200)}` : ''}`,
      );
      transcript?.add(words, reply);
      if (reply.statusCode >= 500) walk.faults.push(`${words} was answered ${reply.statusCode}`);
      walk.faults.push(
        ...overheard(walk, principal, reply).map((what) => `${words} told ${principal.name} ${what}`),
      );
      return reply;
    },
  };
  return walk;
}

type Fact = Readonly<{
  text: string;
  what: string;
  isFor(model: Model, reader: Reader): boolean;
  alsoRoot: boolean;
}>;

const known =
  (record: number) =>
  (model: Model, reader: Reader): boolean =>
    mayKnow(model, reader, record);
const worksAt =
  (organization: number) =>
  (model: Model, reader: Reader): boolean =>
    (reader.kind === 'staff' && roleOf(model, reader.name, organization) !== undefined) ||
    (reader.kind === 'link' && reader.organization === organization);

/** Texts that stand nowhere else, and who may read them. A superuser administers people and studies; identifiers not. */
const FACTS: readonly Fact[] = [
  ...(['family', 'given', 'birthDate', 'phone', 'email'] as const).map((name) => ({
    text: ADA_IS[name],
    what: `Ada's ${name}`,
    isFor: known(patients.ada),
    alsoRoot: true,
  })),
  {
    text: ADA_IS.atLakeside,
    what: "Ada's number at Lakeside",
    isFor: worksAt(organizations.lakeside),
    alsoRoot: false,
  },
  {
    text: ADA_IS.atHarbor,
    what: "Ada's number at Harbor",
    isFor: worksAt(organizations.harbor),
    alsoRoot: false,
  },
  {
    text: 'Sleep at Harbor',
    what: 'of a study at Harbor',
    isFor: (model, reader) =>
      worksAt(organizations.harbor)(model, reader) ||
      (reader.kind === 'person' && reader.records.includes(patients.cleo)),
    alsoRoot: true,
  },
  {
    text: 'Hearts at Lakeside',
    what: 'of a study that does not use the app of the link',
    isFor: (model, reader) =>
      reader.kind !== 'link' || (model.studies.get(studies.hearts)?.clients.has(reader.client) ?? false),
    alsoRoot: true,
  },
  {
    text: 'MRN-eve',
    what: "Eve's number at Lakeside",
    isFor: (model, reader) => worksAt(organizations.lakeside)(model, reader) || reader.kind === 'claimer',
    alsoRoot: false,
  },
];

/** What a reply told somebody that the rule keeps from them. What the coalition itself has typed is no news. */
function overheard(walk: Walk, principal: Principal, reply: Reply): string[] {
  const shown = JSON.stringify(reply.headers) + reply.body;
  return FACTS.filter(
    ({ text, isFor, alsoRoot }) =>
      shown.includes(text) &&
      !(alsoRoot && principal.isSuperuser) &&
      !isFor(walk.model, principal.reader) &&
      !walk.typed.some((typed) => typed.includes(text)),
  ).map(({ what }) => what);
}

export const APPS: Readonly<Record<number, string>> = {
  [clients.glucoseApp]: 'glucose-app',
  [clients.sleepApp]: 'sleep-app',
  [clients.westbankApp]: 'westbank-app',
};
