import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openTestExchange, type TestExchange } from '../../../../tests/setup/exchange.ts';
import { mintToken } from '../../../../tests/setup/tokens.ts';
import {
  fillTwoOrganizations,
  patients,
  studies,
  users,
} from '../../../../tests/worlds/two-organizations.ts';
import { bundle, glucose } from './reading.test-data.ts';

let exchange: TestExchange;
let rivera: string;
let ada: string;
/** Ids of Ada's glucose readings in the order of their own time, which is not the order of arrival. */
let byTime: string[];
let byArrival: string[];

const HOURS = [9, 3, 17, 1, 23, 5, 11, 7, 19, 13, 21, 15];

beforeAll(async () => {
  exchange = await openTestExchange();
  await fillTwoOrganizations(exchange.database.owner);
  rivera = await mintToken(exchange, { userId: users.rivera });
  ada = await mintToken(exchange, {
    userId: users.ada,
    clientId: 'glucose-app',
    defaultScope: 'patient/*.cruds',
  });
  const at = (hour: number) => `2026-03-0${1 + (hour % 3)}T${String(hour).padStart(2, '0')}:30:00Z`;
  const uploaded = await exchange.request('POST', '/FHIR/R5', {
    token: ada,
    body: bundle(
      ...HOURS.map((hour) =>
        glucose({
          patientId: patients.ada,
          at: at(hour),
          value: 80 + hour,
          identifier: { system: 'urn:app', value: `h${hour}` },
        }),
      ),
      glucose({ patientId: patients.ada, code: 'omh:heart-rate:2.0', device: 70002, value: 61 }),
    ),
  });
  const entries: { response: { location: string } }[] = uploaded.json().entry;
  byArrival = entries.slice(0, HOURS.length).map(({ response }) => response.location.split('/').at(-1)!);
  byTime = byArrival
    .map((id, i) => ({ id, at: at(HOURS[i]!) }))
    .sort((a, b) => (a.at < b.at ? -1 : 1))
    .map(({ id }) => id);
});
afterAll(() => exchange?.close());

type Page = {
  total: number;
  entry: { resource: { id: string; resourceType: string }; search: { mode: string } }[];
  link: { relation: string; url: string }[];
};

async function search(query: string, token = rivera, headers: Record<string, string> = {}) {
  return exchange.request('GET', `/FHIR/R5/Observation?${query}`, { token, headers });
}
const idsOf = (page: Page) => page.entry.filter((e) => e.search.mode === 'match').map((e) => e.resource.id);
const link = (page: Page, relation: string) => page.link.find((l) => l.relation === relation)?.url;
const follow = async (url: string, token = rivera): Promise<Page> =>
  (await exchange.request('GET', url.replace('http://localhost:8000', ''), { token })).json();

describe('filters', () => {
  const study = 'patient._has:Group:member:_id';
  test.each<[string, string, number]>([
    ['nothing but what is shared', '', 12],
    ['patient by id', `patient=${patients.ada}`, 12],
    ['patient by reference', `patient=Patient/${patients.ada}`, 12],
    ['subject', `subject=Patient/${patients.ada}`, 12],
    ['patient by absolute reference', `patient=http://localhost:8000/FHIR/R5/Patient/${patients.ada}`, 12],
    ['study', `${study}=${studies.glucose}`, 12],
    ['study in the spelling of an older client', `patient._has:_group:member:_id=${studies.glucose}`, 12],
    ["another study of one's own", `${study}=${studies.hearts}`, 0],
    ['organization', 'patient.organization=20001', 12],
    ['system and code', 'code=https://w3id.org/openmhealth|omh:blood-glucose:4.0', 12],
    ['the other system of the family', 'code=https://w3id.org/ieee1752|omh:blood-glucose:4.0', 12],
    ['code alone', 'code=omh:blood-glucose:4.0', 12],
    ['|code', 'code=|omh:blood-glucose:4.0', 12],
    ['code or code', 'code=omh:heart-rate:2.0,omh:blood-glucose:4.0', 12],
    ['a code that is not shared', 'code=omh:heart-rate:2.0', 0],
    ['an unknown code', 'code=nothing', 0],
    ['not a code', 'code:not=omh:blood-glucose:4.0', 0],
    ['a day', 'date=2026-03-01', 4],
    ['from a day on', 'date=ge2026-03-02', 8],
    ['a range', 'date=ge2026-03-02T00:00:00Z&date=lt2026-03-03T00:00:00Z', 4],
    ['an instant with another offset', 'date=2026-03-01T10:30:00%2B01:00', 1],
    ['a year', 'date=2026', 12],
    ['status', 'status=final', 12],
    ['another status', 'status=amended', 0],
    ['identifier', 'identifier=urn:app|h9', 1],
    ['identifier of any system', 'identifier=h9', 1],
    ["the patient's identifier", 'patient.identifier=urn:example:mrn|A-17', 12],
    ["another patient's identifier", 'patient.identifier=nobody', 0],
    ['device', 'device=Device/70001', 12],
    ['an id that cannot be', '_id=abc', 0],
    ['written since', '_lastUpdated=ge2026-01-01', 12],
    ['written before', '_last_updated=lt2026-01-01', 0],
    ['native rows', '_source=https://jupyterhealth.org/jhe', 12],
    ['rows of a source that is not here', '_source=https://jupyterhealth.org/fhir/fhir-source/1', 0],
  ])('%s', async (_name, query, total) => {
    const response = await search(query);
    expect(response.statusCode, response.body).toBe(200);
    expect(response.json().total).toBe(total);
    expect(idsOf(response.json())).toHaveLength(total);
    expect((await search(`${query}&_summary=count`)).json()).toMatchObject({ total, entry: [] });
  });

  test("a patient's own search by study finds what they share there", async () => {
    expect((await search(`${study}=${studies.glucose}`, ada)).json().total).toBe(12);
    expect((await search('', ada)).json().total).toBe(13);
  });

  test.each([
    ['two dates', 'date=ge2026-03-01&date=lt2026-03-02'],
    ['two codes', 'code=omh:heart-rate:2.0&code=omh:blood-glucose:4.0'],
    ['a list', 'code=omh:heart-rate:2.0,omh:blood-glucose:4.0'],
    ['a date, thrice', 'date=gt2026-03-01&date=2026-03-02&date=le2026-03-03'],
  ])('by POST each of a repeated parameter narrows, as in the query: %s', async (_, query) => {
    const response = await exchange.request('POST', '/FHIR/R5/Observation/_search', {
      token: rivera,
      form: [...new URLSearchParams(query)],
    });
    expect(response.json().total).toBe((await search(query)).json().total);
    expect(idsOf(response.json())).toEqual(idsOf((await search(query)).json()));
    const self = link(response.json(), 'self') ?? '';
    expect([...new URL(self).searchParams]).toEqual([...new URLSearchParams(query)]);
  });

  test('by POST refuses what is no text, and names it', async () => {
    const response = await exchange.request('POST', '/FHIR/R5/Observation/_search', {
      token: rivera,
      body: { patient: 40001 },
    });
    expect(response.statusCode).toBe(400);
    expect(response.json().issue[0]).toMatchObject({ expression: ['patient'] });
  });

  test('by POST counts the form like the query', async () => {
    const response = await exchange.request('POST', '/FHIR/R5/Observation/_search?date=2026-03-01', {
      token: rivera,
      form: { patient: String(patients.ada) },
    });
    expect(response.json().total).toBe(4);
    const nobody = await exchange.request('POST', '/FHIR/R5/Observation/_search', {
      token: rivera,
      form: { patient: '49999' },
    });
    expect(nobody.statusCode).toBe(403);
  });

  test.each<[string, string, number]>([
    ['a patient out of sight', `patient=${patients.cleo}`, 403],
    ['a patient who is not', 'patient=49999', 403],
    ['a study out of sight', `${study}=${studies.sleep}`, 403],
    ['an organization out of sight', 'patient.organization=20002', 403],
    ['a date that is none', 'date=2026-02-30', 400],
    ['a parameter that would narrow', 'group=30001', 400],
    ['a cursor of our own making', '_cursor=abcdefghijklmnopqrstuvwxyzabcdefghijklmnop', 400],
    ['a page past the end', '_page=99', 404],
  ])('%s is refused', async (_name, query, status) => {
    const response = await search(query);
    expect(response.statusCode).toBe(status);
    expect(response.json().resourceType).toBe('OperationOutcome');
  });

  test("another patient is refused to a patient, and never taken for the patient's own search", async () => {
    const other = await search(`patient=${patients.ben}`, ada);
    expect(other.statusCode).toBe(403);
    expect(other.json().resourceType).toBe('OperationOutcome');
  });
});

describe('what is not understood', () => {
  const UNKNOWN = [
    'colour=blue',
    'value-quantity=gt180',
    'category=laboratory',
    '_include=Observation:device',
    '_summary=text',
    '_sort=size',
  ];
  const nameOf = (query: string) => query.slice(0, query.indexOf('='));

  test.each([...UNKNOWN, 'code:text=glucose', 'date=ap2026', 'date:missing=true'])(
    'is refused, by name, and finds nothing: %s',
    async (query) => {
      for (const headers of [{}, { prefer: 'handling=strict' }] as Record<string, string>[]) {
        const reply = await search(`patient=${patients.ada}&${query}`, rivera, headers);
        expect(reply.statusCode).toBe(400);
        expect(reply.json().issue[0]).toMatchObject({ expression: [`http.${nameOf(query)}`] });
      }
      const posted = await exchange.request('POST', '/FHIR/R5/Observation/_search', {
        token: rivera,
        form: [...new URLSearchParams(query)],
      });
      expect(posted.statusCode).toBe(400);
    },
  );

  test.each(['gender=female', 'general-practitioner=80001', 'address=Lake'])(
    'is refused of patients too: %s',
    async (query) => {
      const reply = await exchange.request('GET', `/FHIR/R5/Patient?${query}`, { token: rivera });
      expect(reply.statusCode).toBe(400);
    },
  );

  test.each(UNKNOWN)('is passed over for who says so, named, and in no link: %s', async (query) => {
    const headers = { prefer: 'respond-async, handling=lenient' };
    const reply = await search(
      `patient=${patients.ada}&${query}&_count=5&code=omh:blood-glucose:4.0`,
      rivera,
      headers,
    );
    const page: Page = reply.json();
    expect(page.total).toBe(12);
    expect(idsOf(page)).toHaveLength(5);
    const remark = page.entry.at(-1) as Page['entry'][number] & { fullUrl: string };
    expect(remark).toMatchObject({
      fullUrl: `urn:uuid:${remark.resource.id}`,
      resource: {
        resourceType: 'OperationOutcome',
        issue: [
          { severity: 'warning', code: 'not-supported', diagnostics: expect.stringContaining(nameOf(query)) },
        ],
      },
      search: { mode: 'outcome' },
    });
    expect(remark.resource.id).toMatch(/^[0-9a-f-]{36}$/);
    const used = [`patient=${patients.ada}`, '_count=5', 'code=omh:blood-glucose:4.0'];
    const self = new URL(link(page, 'self')!);
    expect([...self.searchParams].map((pair) => pair.join('='))).toEqual(used);
    // The next page needs no header: what was passed over is not asked for again.
    const next = await follow(link(page, 'next')!);
    expect(next.total).toBe(12);
    expect(idsOf(next)).toHaveLength(5);
    expect(next.entry.every((entry) => entry.search.mode === 'match')).toBe(true);
  });

  test('a modifier or a value that is not understood is refused to everybody', async () => {
    for (const query of ['code:text=glucose', 'date=ap2026', 'patient:identifier=a|b', 'group=30001']) {
      expect((await search(query, rivera, { prefer: 'handling=lenient' })).statusCode, query).toBe(400);
    }
  });

  test('what is understood stands in the link as it came, byte for byte', async () => {
    const query = `patient._has:Group:member:_id=${studies.glucose}&code=https://w3id.org/openmhealth%7Comh:blood-glucose:4.0&_count=5`;
    const page: Page = (await search(query)).json();
    expect(link(page, 'self')).toBe(`http://localhost:8000/FHIR/R5/Observation?${query}`);
    expect(link(page, 'next')).toContain(`?${query}&_cursor=`);
  });

  test('a count beyond what a page can hold is in the link as what it was', async () => {
    const page: Page = (await search('_count=5000')).json();
    expect(new URL(link(page, 'self')!).search).toBe('?_count=1000');
  });
});

describe('how much is shown', () => {
  test.each(['_count=0', '_summary=count', '_count=0&_totalMethod=count', '_summary=count&_total=none'])(
    '%s tells the number alone',
    async (query) => {
      const page: Page = (await search(query)).json();
      expect(page).toMatchObject({ total: 12, entry: [] });
      expect(page.link.map(({ relation }) => relation)).toEqual(['self']);
    },
  );

  test('the named elements, what a reading cannot be without, and that it is not whole', async () => {
    const page: Page = (await search('_elements=effective,subject&_count=1')).json();
    const [{ resource } = { resource: {} }] = page.entry;
    expect(Object.keys(resource).sort()).toEqual(
      ['code', 'effectiveDateTime', 'id', 'meta', 'resourceType', 'status', 'subject'].sort(),
    );
    expect(resource).toMatchObject({ meta: { tag: [{ code: 'SUBSETTED' }] } });
    expect((await search('_elements=name.family')).statusCode).toBe(400);
  });

  test('a bundle has no empty meta', async () => {
    expect((await search('')).json()).not.toHaveProperty('meta');
  });
});

describe('pages', () => {
  const walks = (): [string, string[]][] => [
    ['', [...byArrival].reverse()],
    ['_sort=date', byTime],
    ['_sort=-date', [...byTime].reverse()],
    ['_sort=_lastUpdated', byArrival],
    [`patient=${patients.ada}&code=omh:blood-glucose:4.0&_sort=-date`, [...byTime].reverse()],
  ];

  test.each([1, 5, 6, 12, 1000])('of %i go forth and back over every row once', async (count) => {
    for (const [query, expected] of walks()) {
      let page: Page = (await search(`${query}&_count=${count}`)).json();
      const seen = [idsOf(page)];
      expect(link(page, 'previous')).toBeUndefined();
      for (let next = link(page, 'next'); next; next = link(page, 'next')) {
        page = await follow(next);
        expect(link(page, 'self')).toBe(next);
        expect(page.total).toBe(12);
        seen.push(idsOf(page));
      }
      expect(seen.flat(), query).toEqual(expected);
      for (let at = seen.length - 2; at >= 0; at--) {
        page = await follow(link(page, 'previous')!);
        expect(idsOf(page), `${query} back to ${at}`).toEqual(seen[at]);
      }
      expect(link(page, 'previous')).toBeUndefined();
    }
  });

  test('by number, for clients that count pages', async () => {
    const page: Page = (await search('_count=5&_page=3')).json();
    expect(idsOf(page)).toEqual([...byArrival].reverse().slice(10));
    expect(page.link.map((l) => l.relation)).toEqual(['self', 'previous']);
    expect(link((await search('_count=5&_page=2')).json(), 'previous')).not.toContain('_page');
  });

  test('a link works for the person and the search it was made for', async () => {
    const next = link((await search('_count=5')).json(), 'next')!;
    const stolen = await exchange.request('GET', next.replace('http://localhost:8000', ''), { token: ada });
    expect(stolen.statusCode).toBe(400);
    const changed = await exchange.request('GET', `${next.replace('http://localhost:8000', '')}&date=2026`, {
      token: rivera,
    });
    expect(changed.statusCode).toBe(400);
  });

  test('undated readings come last both ways', async () => {
    const { owner } = exchange.database;
    await owner.query(`update observation set effective_start = null where id = ${byTime[3]}`);
    for (const query of ['_sort=date', '_sort=-date']) {
      const seen: string[] = [];
      let page: Page = (await search(`${query}&_count=5`)).json();
      seen.push(...idsOf(page));
      for (let next = link(page, 'next'); next; next = link(page, 'next')) {
        page = await follow(next);
        seen.push(...idsOf(page));
      }
      expect(seen).toHaveLength(12);
      expect(seen.at(-1)).toBe(byTime[3]);
    }
  });
});

describe('reads', () => {
  test('a reading in sight, and no other', async () => {
    const [id] = byArrival;
    expect((await exchange.request('GET', `/FHIR/R5/Observation/${id}`, { token: rivera })).json().id).toBe(
      id,
    );
    const hana = await mintToken(exchange, { userId: users.hana });
    const texts = await Promise.all(
      [`Observation/${id}`, 'Observation/1', 'Observation/abc'].map(async (path) => {
        const response = await exchange.request('GET', `/FHIR/R5/${path}`, { token: hana });
        expect(response.statusCode).toBe(404);
        return response.body;
      }),
    );
    // What is hidden and what is not there cannot be told apart.
    expect(new Set(texts).size).toBe(1);
  });

  test('patients, as far as one shares an organization', async () => {
    const page: Page = (await exchange.request('GET', '/FHIR/R5/Patient?family=b', { token: rivera })).json();
    expect(idsOf(page)).toEqual([String(patients.ada)]);
    expect(
      (await exchange.request('GET', `/FHIR/R5/Patient/${patients.cleo}`, { token: rivera })).statusCode,
    ).toBe(404);
    const own = (await exchange.request('GET', '/FHIR/R5/Patient', { token: ada })).json();
    expect(idsOf(own)).toEqual([String(patients.ada)]);
    expect(own.entry[0].resource).toMatchObject({
      name: [{ family: 'Byron', given: ['Ada'] }],
      birthDate: '1980-12-10',
      identifier: [{ system: 'urn:example:mrn', value: 'A-17' }],
      telecom: [{ system: 'phone' }, { system: 'email', value: 'ada@example.org' }],
    });
  });

  test.each<[string, string, number]>([
    ['GET', '/FHIR/R5/Nonsense', 404],
    ['GET', '/FHIR/R5/Patient/abc', 404],
    ['PUT', `/FHIR/R5/Patient/${patients.ada}`, 405],
    ['DELETE', '/FHIR/R5/Observation/60001', 405],
    ['GET', '/FHIR/R5/Observation', 200],
    ['GET', '/fhir/r5/Observation', 200],
  ])('%s %s is %i', async (method, url, status) => {
    const response = await exchange.request(method, url, { token: rivera });
    expect(response.statusCode).toBe(status);
    expect(response.headers['content-type']).toMatch(/^application\/fhir\+json/);
  });

  test('the capability statement is public and says what is served', async () => {
    const response = await exchange.request('GET', '/FHIR/R5/metadata', {
      headers: { authorization: 'Bearer nonsense' },
    });
    expect(response.statusCode).toBe(200);
    expect(response.json().rest[0].resource.map((r: { type: string }) => r.type)).toEqual([
      'Observation',
      'Patient',
      'Practitioner',
    ]);
    expect((await exchange.request('GET', '/FHIR/R5/metadata')).body).toBe(response.body);
  });
});

test('a search that fails is in the trail as failed, and one that is refused as refused', async () => {
  const { owner } = exchange.database;
  const outcomeOf = async (query: string) => {
    await owner.query('delete from audit_event');
    const reply = await search(query);
    const { rows } = await owner.query<{ outcome: string; interaction: string; patient_id: string }>(
      'select outcome, interaction, patient_id from audit_event',
    );
    return { status: reply.statusCode, body: reply.json(), rows };
  };
  await owner.query('alter table observation rename column status to standing');
  try {
    const { status, body, rows } = await outcomeOf(`patient=${patients.ada}`);
    expect(status).toBe(500);
    expect(body).toMatchObject({ resourceType: 'OperationOutcome', issue: [{ code: 'exception' }] });
    expect(JSON.stringify(body)).not.toContain('standing');
    expect(rows).toMatchObject([{ outcome: 'failed', interaction: 'search' }]);
  } finally {
    await owner.query('alter table observation rename column standing to status');
  }
  expect(await outcomeOf(`patient=${patients.cleo}`)).toMatchObject({
    status: 403,
    rows: [{ outcome: 'refused' }],
  });
  expect(await outcomeOf(`patient=${patients.ada}&_count=1`)).toMatchObject({
    status: 200,
    rows: [{ outcome: 'ok', patient_id: patients.ada }],
  });
});
