/** Sentence 13: what version 0.1 wrote is read by the rule of now. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { parseConfig } from '../../../apps/exchange/src/config.ts';
import { type Exchange, openExchange } from '../../../apps/exchange/src/exchange.ts';
import { TEST_SEALING_KEYS } from '../../setup/database.ts';
import { mintToken } from '../../setup/tokens.ts';
import { HANA, MO, type OldWorld, openOldWorld } from './old-world.ts';

let old: OldWorld;
let exchange: Exchange;
beforeAll(async () => {
  old = await openOldWorld();
  exchange = await openExchange({
    config: parseConfig({ PORT: '8000', JHE_SEED: 'none' }),
    databaseUrl: old.ownerUrl,
    sealingKeys: TEST_SEALING_KEYS,
    log: { info: () => {}, error: () => {} },
  });
});
afterAll(async () => {
  await exchange?.close();
  await old?.close();
});

const rows = async (text: string) => (await old.owner.query(text)).rows;

/** The records whose readings somebody finds. */
async function readBy(userId: number): Promise<number[]> {
  const token = await mintToken({ database: old } as never, { userId, scope: 'user/*.cruds' });
  const reply = await exchange.app.http.inject({
    method: 'GET',
    url: '/FHIR/R5/Observation?_count=100',
    headers: { authorization: `Bearer ${token}` },
  });
  const { entry = [] } = reply.json<{ entry?: { resource: { subject: { reference: string } } }[] }>();
  return entry.map(({ resource }) => Number(resource.subject.reference.replace('Patient/', ''))).sort();
}

it('a record without proof is kept by the organization that made it, every other by its person', async () => {
  expect(await rows('select id, keeper_organization_id as keeper from patient order by id')).toEqual([
    { id: 40_001, keeper: null },
    { id: 40_002, keeper: 20_001 },
    { id: 40_003, keeper: 20_001 },
    { id: 40_004, keeper: null },
    { id: 40_005, keeper: null },
    { id: 40_006, keeper: null },
    { id: 40_007, keeper: null },
    { id: 40_008, keeper: null },
  ]);
  expect(await rows('select id from app_user where email_verified and id < 10100 order by id')).toEqual(
    [10_001, 10_004, 10_005, 10_006, 10_007, 10_008].map((id) => ({ id })),
  );
});

it('nobody reads through a yes of others, a link that was taken for proof elsewhere, a yes that outlived its enrolment, or one that a link may have given', async () => {
  expect(await readBy(MO)).toEqual([40_001, 40_002]);
  expect(await readBy(HANA)).toEqual([40_001]);
});

it('a membership that nobody accepted is a proposal, and answers of redeemed sessions are attested by the link', async () => {
  expect(await rows('select patient_id, organization_id, state from proposal')).toEqual([
    { patient_id: 40_002, organization_id: 20_002, state: 'open' },
  ]);
  expect(
    await rows(
      'select patient_id, own, opens, basis is not null as based from consent order by patient_id, study_id',
    ),
  ).toEqual([
    { patient_id: 40_001, own: true, opens: true, based: false },
    { patient_id: 40_001, own: true, opens: true, based: false },
    { patient_id: 40_002, own: false, opens: true, based: true },
    { patient_id: 40_003, own: false, opens: false, based: false },
    { patient_id: 40_004, own: false, opens: false, based: true },
    { patient_id: 40_005, own: false, opens: false, based: false },
    // Later than a redemption: nobody can tell whether the session of the link gave them, so they wait for hers.
    { patient_id: 40_007, own: false, opens: false, based: true },
    { patient_id: 40_008, own: false, opens: false, based: true },
  ]);
});

it('what a link opened before its person proved who she is does not see as her', async () => {
  const seesAsHer = await rows(
    `select id from oauth_model where model = 'Grant' and payload->>'accountId' = '10007'
     and id not in (select grant_id from link_session where allowed_at is null)`,
  );
  expect(seesAsHer).toEqual([]);
});

it('a redeemed session goes on as a link, and a link that was not opened yet keeps its organization', async () => {
  expect(
    await rows(
      'select grant_id, patient_id, organization_id, allowed_at from link_session where patient_id = 40002',
    ),
  ).toEqual([{ grant_id: 'redeemed-grant', patient_id: 40_002, organization_id: 20_001, allowed_at: null }]);
  expect(await rows("select patient_id, organization_id from invitation where status = 'issued'")).toEqual([
    { patient_id: 40_002, organization_id: 20_001 },
  ]);
});
