/**
 * Revocation is now: whatever ends a consent takes effect with the very next request, on every way to read, page links
 * handed out before included; and the patient goes on seeing everything.
 */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  codeNames,
  codes,
  OMH,
  organizations,
  patients,
  practitioners,
  studies,
  users,
} from '../worlds/two-organizations.ts';
import {
  answers,
  batchOf,
  type ConsentWorld,
  heartRate,
  openConsentWorld,
  type Person,
  storeReadings,
} from './consent-world.ts';
import { keepState } from './kept-state.ts';

const READINGS = 5;
const FIRST_ID = 61_000;
const { ada } = patients;
const { lakeside, harbor } = organizations;
const token = `${OMH}|${codeNames.heartRate}`;

let world: ConsentWorld;
let restore: () => Promise<void>;

beforeAll(async () => {
  world = await openConsentWorld();
  await storeReadings(world, [[ada, codes.heartRate]], READINGS, FIRST_ID);
  // Both studies ask for heart rate; Ada shares it with Lakeside's.
  await world.deed(
    'ada',
    'POST',
    `/api/v1/patients/${ada}/consents`,
    answers(studies.glucose, [codeNames.heartRate], true),
  );
  restore = await keepState(world.exchange.database.owner);
});
beforeEach(() => restore());
afterAll(() => world?.close());

/** What one way of reading answers: how many readings it shows or counts, or the status that refuses it. */
type Way = Readonly<{
  name: string;
  url: string;
  form?: Record<string, string>;
  all?: number;
  admin?: boolean;
}>;

/** The study's and organization's filters are for the organization that looks: Lakeside or Harbor. */
const ways = (studyId: number, organizationId: number): Way[] => [
  { name: 'everything', url: '/FHIR/R5/Observation' },
  { name: 'by patient', url: `/FHIR/R5/Observation?patient=Patient/${ada}` },
  { name: 'by study', url: `/FHIR/R5/Observation?patient._has:Group:member:_id=${studyId}` },
  { name: 'by organization', url: `/FHIR/R5/Observation?patient.organization=${organizationId}` },
  { name: 'by code', url: `/FHIR/R5/Observation?code=${token}` },
  { name: 'by date', url: '/FHIR/R5/Observation?date=ge2026-01-01&_sort=date' },
  { name: 'by id as a search', url: `/FHIR/R5/Observation?_id=${FIRST_ID}`, all: 1 },
  { name: 'as a form', url: '/FHIR/R5/Observation/_search', form: { patient: String(ada), _count: '50' } },
  { name: 'counted', url: '/FHIR/R5/Observation?_summary=count' },
  { name: 'counted by date', url: '/FHIR/R5/Observation?date=ge2026-01-01&_summary=count' },
  { name: 'by id', url: `/FHIR/R5/Observation/${FIRST_ID}`, all: 1 },
  { name: 'listed', url: '/api/v1/observations', admin: true },
  { name: 'listed by patient', url: `/api/v1/observations?patientId=${ada}`, admin: true },
  { name: 'listed by study', url: `/api/v1/observations?studyId=${studyId}`, admin: true },
  {
    name: 'listed by organization',
    url: `/api/v1/observations?organizationId=${organizationId}`,
    admin: true,
  },
  { name: 'one of the list', url: `/api/v1/observations/${FIRST_ID}`, all: 1, admin: true },
  { name: 'series', url: `/api/v1/patients/${ada}/series` },
  { name: 'values of the series', url: `/api/v1/patients/${ada}/series/${codes.heartRate}/values` },
];
const AT_LAKESIDE = ways(studies.glucose, lakeside);
const AT_HARBOR = ways(studies.sleep, harbor);

async function look(who: Person, way: Way): Promise<number> {
  const reply = await world.call(who, way.form ? 'POST' : 'GET', way.url, way.form ? { form: way.form } : {});
  // 403: a filter by something out of sight; 404: one reading or series; 401: the person is out.
  if (reply.statusCode !== 200) return expectRefused(reply.statusCode);
  const body = reply.json();
  if (Array.isArray(body)) return body.reduce((sum: number, series) => sum + series.count, 0);
  const shown = body.entry?.length ?? body.results?.length ?? body.points?.length;
  const counted = body.total ?? body.count;
  if (counted !== undefined && shown !== undefined && !way.url.includes('_summary'))
    expect(shown).toBe(counted);
  return counted ?? shown ?? 1;
}

function expectRefused(status: number): 0 {
  expect([401, 403, 404]).toContain(status);
  return 0;
}

/** Everything each way shows, by the name of the way. */
async function sightOf(who: Person, all: readonly Way[]): Promise<Record<string, number>> {
  const sight: Record<string, number> = {};
  for (const way of all) sight[way.name] = await look(who, way);
  return sight;
}

const whole = (all: readonly Way[]) => Object.fromEntries(all.map((way) => [way.name, way.all ?? READINGS]));
const nothing = (all: readonly Way[]) => Object.fromEntries(all.map((way) => [way.name, 0]));
const ownWays = AT_LAKESIDE.filter((way) => !way.admin);

const consents = `/api/v1/patients/${ada}/consents`;
const answer = (studyId: number, consented: boolean) =>
  world.deed('ada', 'PATCH', consents, answers(studyId, [codeNames.heartRate], consented));

/** The status of each entry of an upload of heart rates by somebody. */
async function upload(who: Person): Promise<string[]> {
  const reply = await world.call(who, 'POST', '/FHIR/R5', {
    body: batchOf(heartRate(randomUUID()), heartRate(randomUUID())),
  });
  return reply
    .json()
    .entry.map((entry: { response: { status: string } }) => entry.response.status.slice(0, 3));
}

describe('permit, withdraw, permit', () => {
  it('takes effect with the next request, on every way to read', async () => {
    for (const who of ['rivera', 'vic', 'mo'] as const)
      expect(await sightOf(who, AT_LAKESIDE)).toEqual(whole(AT_LAKESIDE));
    expect(await sightOf('ada', ownWays)).toEqual(whole(ownWays));

    await answer(studies.glucose, false);
    for (const who of ['rivera', 'vic', 'mo'] as const)
      expect(await sightOf(who, AT_LAKESIDE)).toEqual(nothing(AT_LAKESIDE));
    expect((await sightOf('ada', ownWays))['by patient']).toBe(READINGS);

    await answer(studies.glucose, true);
    expect(await sightOf('rivera', AT_LAKESIDE)).toEqual(whole(AT_LAKESIDE));
  });

  it('answers one reading with 404 as if it had never been, and a total of 0', async () => {
    await answer(studies.glucose, false);
    const gone = await world.call('rivera', 'GET', `/FHIR/R5/Observation/${FIRST_ID}`);
    const never = await world.call('rivera', 'GET', '/FHIR/R5/Observation/99999999');
    expect([gone.statusCode, gone.body]).toEqual([404, never.body]);
    const listed = await world.call('rivera', 'GET', `/api/v1/observations/${FIRST_ID}`);
    expect(listed.statusCode).toBe(404);
    expect((await world.call('rivera', 'GET', '/FHIR/R5/Observation')).json()).toMatchObject({ total: 0 });
  });

  it('empties a page link that was handed out before', async () => {
    const link = async () => {
      const page = (await world.call('rivera', 'GET', '/FHIR/R5/Observation?_count=2')).json();
      return new URL(page.link.find((l: { relation: string }) => l.relation === 'next').url);
    };
    const { pathname, search } = await link();
    const follow = async () => (await world.call('rivera', 'GET', pathname + search)).json();
    expect((await follow()).entry).toHaveLength(2);
    await answer(studies.glucose, false);
    expect(await follow()).toMatchObject({ total: 0 });
    expect((await follow()).entry ?? []).toEqual([]);
    await answer(studies.glucose, true);
    expect((await follow()).entry).toHaveLength(2);
    // Nor is it any good in other hands.
    expect((await world.call('vic', 'GET', pathname + search)).statusCode).toBe(400);
  });

  it('refuses uploads of the code, each entry for itself, and takes them again', async () => {
    expect(await upload('ada')).toEqual(['201', '201']);
    expect(await upload('rivera')).toEqual(['201', '201']);
    await answer(studies.glucose, false);
    expect(await upload('ada')).toEqual(['403', '403']);
    expect(await upload('rivera')).toEqual(['403', '403']);
    const one = await world.call('ada', 'POST', '/FHIR/R5/Observation', { body: heartRate(randomUUID()) });
    expect(one.statusCode).toBe(403);
    await answer(studies.glucose, true);
    expect(await upload('ada')).toEqual(['201', '201']);
  });

  it('in one study leaves what another organization was allowed', async () => {
    await answer(studies.sleep, true);
    expect(await sightOf('hana', AT_HARBOR)).toEqual(whole(AT_HARBOR));
    await answer(studies.glucose, false);
    expect(await sightOf('rivera', AT_LAKESIDE)).toEqual(nothing(AT_LAKESIDE));
    expect(await sightOf('hana', AT_HARBOR)).toEqual(whole(AT_HARBOR));
    await answer(studies.sleep, false);
    expect(await sightOf('hana', AT_HARBOR)).toEqual(nothing(AT_HARBOR));
    expect((await sightOf('ada', ownWays))['by patient']).toBe(READINGS);
  });
});

const sql = (text: string) => world.sql(text);

describe('every other end of a consent takes effect with the next request', () => {
  const ends: readonly (readonly [string, () => Promise<unknown>])[] = [
    [
      'a question declined from the start',
      async () => {
        await world.deed('ada', 'DELETE', consents, answers(studies.glucose, [codeNames.heartRate], true));
        await answer(studies.glucose, false);
      },
    ],
    [
      'an answer taken back',
      () => world.deed('ada', 'DELETE', consents, answers(studies.glucose, [codeNames.heartRate], true)),
    ],
    [
      "a withdrawal recorded by a member on the patient's behalf",
      () => world.deed('rivera', 'PATCH', consents, answers(studies.glucose, [codeNames.heartRate], false)),
    ],
    [
      'an enrolment ended',
      () => world.deed('mo', 'DELETE', `/api/v1/studies/${studies.glucose}/patients`, { patientIds: [ada] }),
    ],
    [
      'an enrolment ended and begun again',
      async () => {
        await world.deed('mo', 'DELETE', `/api/v1/studies/${studies.glucose}/patients`, {
          patientIds: [ada],
        });
        await world.deed('mo', 'POST', `/api/v1/studies/${studies.glucose}/patients`, { patientIds: [ada] });
      },
    ],
    [
      'the code asked for no more',
      () =>
        world.deed('mo', 'DELETE', `/api/v1/studies/${studies.glucose}/scope_requests`, {
          scopeCodeId: codes.heartRate,
        }),
    ],
    [
      'the study removed',
      () => world.deed('mo', 'DELETE', `/api/v1/studies/${studies.glucose}?cascade=true`),
    ],
    [
      'the patient out of the organization',
      () => world.deed('mo', 'DELETE', `/api/v1/patients/${ada}?organizationId=${lakeside}`),
    ],
    [
      'the practitioner out of the organization',
      () =>
        world.deed('mo', 'DELETE', `/api/v1/organizations/${lakeside}/remove_user`, {
          jheUserId: users.rivera,
        }),
    ],
    [
      'the practitioner deactivated',
      () => sql(`update app_user set active = false where id = ${users.rivera}`),
    ],
    [
      "the practitioner's address no longer verified",
      () => sql(`update app_user set email_verified = false where id = ${users.rivera}`),
    ],
    [
      'the practitioner a practitioner no more',
      () => sql(`delete from practitioner where id = ${practitioners.rivera}`),
    ],
    [
      'the study for another purpose',
      () => world.deed('mo', 'PATCH', `/api/v1/studies/${studies.glucose}`, { purpose: 'TREAT' }),
    ],
    [
      "the study with another end, be it later than the answer's",
      () =>
        world.deed('mo', 'PATCH', `/api/v1/studies/${studies.glucose}`, { endsAt: '2999-01-01T00:00:00Z' }),
    ],
    [
      "the answer's end has come",
      () => sql(`update consent set ends_at = now() where study_id = ${studies.glucose}`),
    ],
    [
      'the organization closed for reading',
      () => sql(`update organization set closed_until = now() + interval '14 days' where id = ${lakeside}`),
    ],
  ]; // prettier-ignore

  it.each(ends)('%s', async (_name, end) => {
    expect((await sightOf('rivera', AT_LAKESIDE)).everything).toBe(READINGS);
    await end();
    expect(await sightOf('rivera', AT_LAKESIDE)).toEqual(nothing(AT_LAKESIDE));
    const own = await sightOf('ada', ownWays);
    expect([own.everything, own['by patient'], own['by id'], own.series]).toEqual([
      READINGS,
      READINGS,
      1,
      READINGS,
    ]);
  });

  it('a study does not move: asked to, it stays where it is, with its answers', async () => {
    await sql(
      `insert into membership (practitioner_id, organization_id, role) values (${practitioners.mo}, ${harbor}, 'manager')`,
    );
    const moved = await world.call('mo', 'PATCH', `/api/v1/studies/${studies.glucose}`, {
      body: { organization: harbor },
    });
    expect(moved.statusCode).toBe(409);
    expect((await sightOf('hana', ways(studies.glucose, harbor))).everything).toBe(0);
    expect((await sightOf('vic', AT_LAKESIDE)).everything).toBe(READINGS);
  });

  it('none of them comes back to life: where it is asked again, she has to answer again', async () => {
    const patch = (body: object) => world.deed('mo', 'PATCH', `/api/v1/studies/${studies.glucose}`, body);
    const scope = { scopeCodeId: codes.heartRate };
    const request = `/api/v1/studies/${studies.glucose}/scope_requests`;
    const undone: readonly (() => Promise<void>)[] = [
      async () => {
        await patch({ purpose: 'TREAT' });
        await patch({ purpose: 'HRESCH' });
      },
      async () => {
        await patch({ endsAt: '2999-01-01T00:00:00Z' });
        await patch({ endsAt: null });
      },
      async () => {
        await world.deed('mo', 'DELETE', request, scope);
        await world.deed('mo', 'POST', request, scope);
      },
    ];
    for (const undo of undone) {
      expect((await sightOf('rivera', AT_LAKESIDE)).everything).toBe(READINGS);
      await undo();
      expect((await sightOf('rivera', AT_LAKESIDE)).everything).toBe(0);
      await answer(studies.glucose, true);
    }
  });
});

describe('an attested yes, in the keeping of the organization', () => {
  const { ben } = patients;
  const url = `/api/v1/patients/${ben}/consents`;
  const of = (consented: boolean, basis?: string) => ({
    ...answers(studies.glucose, [codeNames.heartRate], consented),
    ...(basis === undefined ? {} : { basis }),
  });
  const seen = async (who: Person) =>
    (await world.call(who, 'GET', `/FHIR/R5/Observation?patient=${ben}`)).json().total;

  beforeEach(async () => {
    await storeReadings(world, [[ben, codes.heartRate]], READINGS, 62_000);
    await world.deed('mo', 'POST', url, of(true, 'signed form, protocol 17'));
  });

  it('is read by members and by a session of a link, until somebody turns it into a no', async () => {
    for (const who of ['mo', 'rivera', 'vic', 'ben'] as const) expect(await seen(who)).toBe(READINGS);
    await world.deed('rivera', 'PATCH', url, of(false));
    for (const who of ['mo', 'rivera', 'vic', 'ben'] as const) expect(await seen(who)).toBe(0);
  });

  it('ends with a no from a session of a link, and no manager attests it again', async () => {
    await world.deed('ben', 'PATCH', url, of(false));
    for (const who of ['mo', 'rivera', 'vic', 'ben'] as const) expect(await seen(who)).toBe(0);
    const again = await world.call('mo', 'PATCH', url, { body: of(true, 'signed form, protocol 17') });
    expect(again.statusCode).toBe(403);
    expect(await seen('mo')).toBe(0);
  });

  it("counts until a reading of the person's own comes to the series", async () => {
    await sql(`update app_user set email = 'ben@example.org', email_verified = true where id = ${users.ben};
      update patient set keeper_organization_id = null where id = ${ben};
      delete from link_session where user_id = ${users.ben}`);
    for (const who of ['mo', 'rivera', 'vic'] as const) expect(await seen(who)).toBe(READINGS);
    const own = await world.call('ben', 'POST', '/FHIR/R5/Observation', {
      body: heartRate(randomUUID(), ben),
    });
    expect(own.statusCode).toBe(201);
    for (const who of ['mo', 'rivera', 'vic'] as const) expect(await seen(who)).toBe(0);
    expect(await seen('ben')).toBe(READINGS + 1);
    await world.deed('ben', 'PATCH', url, of(true));
    for (const who of ['mo', 'rivera', 'vic'] as const) expect(await seen(who)).toBe(READINGS + 1);
  });
});

describe('a session of a link', () => {
  const { ben } = patients;
  it('sees nothing from the request after the organization keeps the record no more', async () => {
    await storeReadings(world, [[ben, codes.heartRate]], READINGS, 62_000);
    const url = `/api/v1/patients/${ben}/consents`;
    await world.deed('ben', 'POST', url, answers(studies.glucose, [codeNames.heartRate], true));
    const all = ['/FHIR/R5/Observation', '/FHIR/R5/Patient', `/FHIR/R5/Observation/62000`, url];
    const statuses = async () =>
      Promise.all(
        all.map(async (each) => {
          const reply = await world.call('ben', 'GET', each);
          return reply.statusCode === 200 && reply.json().total !== 0;
        }),
      );
    expect(await statuses()).toEqual([true, true, true, true]);
    await sql(`update app_user set email = 'ben@example.org', email_verified = true where id = ${users.ben};
      update patient set keeper_organization_id = null where id = ${ben}`);
    expect(await statuses()).toEqual([false, false, false, false]);
  });
});
