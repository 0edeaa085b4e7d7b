/** The exchange with the world of two organizations, called as one of its people, for the tests of this face. */
import { openTestExchange, type TestExchange } from '../../../../tests/setup/exchange.ts';
import { mintToken } from '../../../../tests/setup/tokens.ts';
import { fillTwoOrganizations, users } from '../../../../tests/worlds/two-organizations.ts';

export type Who = keyof typeof users | 'anonymous';
// biome-ignore lint/suspicious/noExplicitAny: replies are walked freely by tests, which assert what they find
export type Loose = any;
export type Reply = { status: number; body: Loose };

export type AdminWorld = Readonly<{
  exchange: TestExchange;
  /** Calls `/api/v1<path>` as somebody; patients come through an app, practitioners through the portal. */
  call(who: Who, method: string, path: string, body?: unknown): Promise<Reply>;
  /** Rows as the owner of the database sees them. */
  rows(text: string, ...values: unknown[]): Promise<Loose[]>;
  /** The authorization header of somebody. */
  tokenOf(who: Who): string | undefined;
  close(): Promise<void>;
}>;

const PATIENTS: readonly Who[] = ['ada', 'ben', 'cleo'];

export async function openAdminWorld(): Promise<AdminWorld> {
  const exchange = await openTestExchange();
  await fillTwoOrganizations(exchange.database.owner);
  const tokens = new Map<Who, string>();
  for (const [who, userId] of Object.entries(users) as [keyof typeof users, number][]) {
    const patient = PATIENTS.includes(who);
    tokens.set(
      who,
      await mintToken(exchange, {
        userId,
        clientId: patient ? 'glucose-app' : 'jhe-portal',
        defaultScope: patient ? 'openid email patient/*.cruds' : 'user/*.cruds',
      }),
    );
  }
  return {
    exchange,
    async call(who, method, path, body) {
      const token = tokens.get(who);
      const reply = await exchange.request(method, `/api/v1${path}`, {
        ...(token === undefined ? {} : { token }),
        ...(body === undefined ? {} : { body }),
      });
      return { status: reply.statusCode, body: reply.body === '' ? undefined : reply.json() };
    },
    async rows(text, ...values) {
      return (await exchange.database.owner.query(text, values)).rows;
    },
    tokenOf: (who) => (tokens.has(who) ? `Bearer ${tokens.get(who)}` : undefined),
    close: () => exchange.close(),
  };
}
