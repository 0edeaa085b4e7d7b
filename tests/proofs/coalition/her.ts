/** What the persons themselves do, at their own devices. The coalition has none of this. */
import { Refusal } from '../../../apps/exchange/src/domain/refusal.ts';
import { decideProposal } from '../../../apps/exchange/src/operations/decide-proposal.ts';
import { mintToken } from '../../setup/tokens.ts';
import { answers, CODE_WORDS, patients, reading, users } from './cast.ts';
import { type Deed, type Of, recordOf, studyOf } from './deeds.ts';
import * as model from './model.ts';
import type { Walk } from './walk.ts';

/** The two whose records these are. Eve can do nothing herself before she has proved who she is. */
type Her = 'Ada' | 'Eve';

/** Her own request: nobody overhears the reply. Undefined where she has no session of her own yet. */
async function asHer(walk: Walk, her: Her, method: string, url: string, body?: unknown) {
  const token = her === 'Ada' ? walk.world.tokens.get('ada') : walk.evesToken;
  if (token === undefined) return undefined;
  const reply = await walk.world.ask(token, method, url, body);
  walk.asked.push(
    `${her}: ${method} ${url} ${reply.statusCode}${reply.statusCode >= 400 ? ` ${reply.body.slice(0, 200)}` : ''}`,
  );
  return reply;
}

/** She answers in a session of her own; null takes the answer back. */
export const sheSays = (her: Her, of: Of, code: number, yes: boolean | null): Deed => ({
  words: `${her} ${yes === null ? 'clears' : yes ? 'says yes to' : 'says no to'} ${CODE_WORDS[code]} in ${of}`,
  async carryOut(walk) {
    const [record, study] = [recordOf(walk, her), studyOf(walk, of)];
    const url = `/api/v1/patients/${record}/consents`;
    const method = yes === null ? 'DELETE' : 'PATCH';
    const reply = await asHer(walk, her, method, url, answers(study, [code], yes ?? true));
    if (reply && reply.statusCode < 300) model.sheAnswers(walk.model, record, study, code, yes);
  },
});

/** She records a reading of her own. */
export const sheRecords = (her: Her, code: number): Deed => ({
  words: `${her} records ${CODE_WORDS[code]}`,
  async carryOut(walk) {
    const record = recordOf(walk, her);
    const reply = await asHer(walk, her, 'POST', '/FHIR/R5/Observation', reading(record, code));
    if (reply && reply.statusCode < 300) model.recorded(walk.model, record, code);
  },
});

/**
 * Eve's address is proved, and the record is hers from here on. What happens on our pages on the way is theirs to test
 * (identity/record); here stands its result, as the owner of the database writes it.
 */
export const eveProves = (): Deed => ({
  words: 'Eve proves her address',
  async carryOut(walk) {
    const { world } = walk;
    const [row] = await world.sql<{ user: number | null }>(
      'select user_id as user from patient where id = $1',
      world.eve,
    );
    // What somebody else made theirs is hers no more: the links that she lost said so.
    if (walk.principals.some(({ reader }) => reader.kind === 'claimer')) return;
    const userId = row?.user ?? 10_031;
    await world.sql(
      `insert into app_user (id, email, user_type, email_verified) values ($1, 'eve@example.org', 'patient', true)
       on conflict (id) do update set email = excluded.email, email_verified = true`,
      userId,
    );
    await world.sql(
      'update patient set user_id = $2, keeper_organization_id = null where id = $1',
      world.eve,
      userId,
    );
    walk.evesToken = await mintToken(world.exchange, {
      userId,
      scope: 'openid patient/*.cruds',
      grantId: 'eve',
    });
    model.sheProves(walk.model, world.eve);
  },
});

/**
 * What she does about a study that asks for her, on our own page: she accepts it, declines it (which stands, and is told to
 * nobody), or lifts what she had declined.
 */
export const adaDecides = (of: Of, decision: 'accept' | 'decline' | 'lift'): Deed => ({
  words: `Ada ${decision}s what ${of} proposes`,
  async carryOut(walk) {
    const study = studyOf(walk, of);
    const { exchange, sql } = walk.world;
    const [proposal] = await sql<{ id: number; organization: number }>(
      `select id, organization_id as organization from proposal
       where patient_id = $1 and study_id = $2 and state = $3`,
      patients.ada,
      study,
      decision === 'lift' ? 'declined' : 'open',
    );
    if (!proposal) return;
    const page = { kind: 'person', grantId: 'page:ada' } as const;
    const grants = [{ context: 'user', type: '*', letters: 'cruds' }] as const;
    const ada = await exchange.gate.identify(users.ada, 'jhe-account', grants, undefined, page);
    if (!ada) return;
    const purpose = { requestId: 'her page', interaction: 'update', resource: 'Consent' } as const;
    try {
      await exchange.gate.write(ada, purpose, (sight) => decideProposal(sight, proposal.id, decision));
    } catch (error) {
      if (error instanceof Refusal) return;
      throw error;
    }
    walk.asked.push(`Ada: ${decision} 200`);
    if (decision === 'accept') model.sheAccepts(walk.model, patients.ada, proposal.organization, study);
  },
});
