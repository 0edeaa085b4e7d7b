/** The exchange with the world of two organizations, called as one of its people, for the tests of this face. */
import { openTestExchange, type TestExchange } from '../../../../tests/setup/exchange.ts';
import { openLinkSession } from '../../../../tests/setup/link-session.ts';
import { type MintOptions, mintToken } from '../../../../tests/setup/tokens.ts';
import {
  fillTwoOrganizations,
  organizations,
  patients,
  users,
} from '../../../../tests/worlds/two-organizations.ts';

export type Who = keyof typeof users | 'anonymous';
// biome-ignore lint/suspicious/noExplicitAny: replies are walked freely by tests, which assert what they find
export type Loose = any;
export type Reply = { status: number; body: Loose };

export type AdminWorld = Readonly<{
  exchange: TestExchange;
  /**
   * Calls `/api/v1<path>` as somebody. Practitioners come through the portal, patients through an app: Ada and Cleo, who
   * keep their records, signed in; Ben, whose record Lakeside keeps, by Lakeside's link.
   */
  call(who: Who, method: string, path: string, body?: unknown): Promise<Reply>;
  /** The same with another session or client than theirs. */
  callWith(
    token: Omit<MintOptions, 'userId'>,
    who: keyof typeof users,
    method: string,
    path: string,
    body?: unknown,
  ): Promise<Reply>;
  /** Rows as the owner of the database sees them. */
  rows(text: string, ...values: unknown[]): Promise<Loose[]>;
  /** The authorization header of somebody. */
  tokenOf(who: Who): string | undefined;
  close(): Promise<void>;
}>;

const PATIENTS: readonly Who[] = ['ada', 'ben', 'cleo'];
/** Ben's session came from a link to the app; Ada and Cleo are on their own pages, where everything of theirs is shown. */
const LINKED_APP = 'glucose-app';
const PERSON = { clientId: 'jhe-portal', defaultScope: 'openid email patient/*.cruds' };
const PORTAL = { clientId: 'jhe-portal', defaultScope: 'user/*.cruds' };

export async function openAdminWorld(): Promise<AdminWorld> {
  const exchange = await openTestExchange();
  await fillTwoOrganizations(exchange.database.owner);
  const grantOfBen = await openLinkSession(exchange, {
    userId: users.ben,
    patientId: patients.ben,
    organizationId: organizations.lakeside,
    clientId: LINKED_APP,
  });
  const optionsOf = (who: keyof typeof users): MintOptions => ({
    userId: users[who],
    ...(PATIENTS.includes(who) ? PERSON : PORTAL),
    ...(who === 'ben' ? { grantId: grantOfBen, clientId: LINKED_APP } : {}),
  });
  const tokens = new Map<Who, string>();
  for (const who of Object.keys(users) as (keyof typeof users)[]) {
    tokens.set(who, await mintToken(exchange, optionsOf(who)));
  }
  const request = async (token: string | undefined, method: string, path: string, body: unknown) => {
    const reply = await exchange.request(method, `/api/v1${path}`, {
      ...(token === undefined ? {} : { token }),
      ...(body === undefined ? {} : { body }),
    });
    return { status: reply.statusCode, body: reply.body === '' ? undefined : reply.json() };
  };
  return {
    exchange,
    call: (who, method, path, body) => request(tokens.get(who), method, path, body),
    async callWith(options, who, method, path, body) {
      return request(await mintToken(exchange, { ...optionsOf(who), ...options }), method, path, body);
    },
    async rows(text, ...values) {
      return (await exchange.database.owner.query(text, values)).rows;
    },
    tokenOf: (who) => (tokens.has(who) ? `Bearer ${tokens.get(who)}` : undefined),
    close: () => exchange.close(),
  };
}
