/** Sending again what may have arrived: the same reading, another under its names, and both at once. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openTestExchange, type TestExchange } from '../../../../tests/setup/exchange.ts';
import { mintToken } from '../../../../tests/setup/tokens.ts';
import {
  codeNames,
  dataSources,
  fillTwoOrganizations,
  patients,
  users,
} from '../../../../tests/worlds/two-organizations.ts';
import { bundle, glucose, type Wanted } from '../fhir/reading.test-data.ts';

let exchange: TestExchange;
let ada: string;
beforeAll(async () => {
  exchange = await openTestExchange();
  await fillTwoOrganizations(exchange.database.owner);
  ada = await mintToken(exchange, {
    userId: users.ada,
    clientId: 'glucose-app',
    defaultScope: 'patient/*.cruds',
  });
});
afterAll(() => exchange?.close());

const SYSTEM = 'urn:app';
const named = (value: string) => ({ system: SYSTEM, value });
const reading = (wanted: Omit<Wanted, 'patientId'>) => glucose({ patientId: patients.ada, ...wanted });

type Told = { status: string; location?: string; outcome?: { issue: { expression: string[] }[] } };

/** What each entry of a batch is told, its status by number. */
async function send(...readings: object[]): Promise<Told[]> {
  const reply = await exchange.request('POST', '/FHIR/R5', { token: ada, body: bundle(...readings) });
  const { entry } = reply.json<{ entry: { response: Told }[] }>();
  return entry.map(({ response }) => ({ ...response, status: response.status.slice(0, 3) }));
}
const statuses = async (...readings: object[]) => (await send(...readings)).map(({ status }) => status);

async function kept() {
  const { rows } = await exchange.database.owner.query<{ readings: string; named: string; counted: string }>(`
    select (select count(*) from observation) as readings, (select count(*) from observation_identifier) as named,
      (select sum(observations) from series) as counted`);
  return rows[0];
}

describe('the same reading again', () => {
  test('with its identifier, alone and in a batch, is there already', async () => {
    const one = reading({ identifier: named('again') });
    const [first] = await send(one);
    const before = await kept();
    expect(first?.status).toBe('201');
    expect(await send(one)).toEqual([{ ...first, status: '200' }]);
    expect(await statuses(one, reading({}), one)).toEqual(['200', '201', '200']);
    const alone = await exchange.request('POST', '/FHIR/R5/Observation', { token: ada, body: one });
    expect([alone.statusCode, alone.headers.location]).toEqual([200, first?.location]);
    const after = await kept();
    expect(Number(after?.readings) - Number(before?.readings)).toBe(1);
    expect(after?.named).toBe(before?.named);
    expect(Number(after?.counted)).toBe(Number(after?.readings));
  });

  test('twice in one batch is one reading', async () => {
    const one = reading({ identifier: named('twice in one') });
    const told = await send(one, one);
    expect(told.map(({ status }) => status)).toEqual(['201', '200']);
    expect(told[1]?.location).toBe(told[0]?.location);
  });

  test('with several identifiers, of which it has some', async () => {
    const uuid = randomUUID();
    const two = (...values: string[]) => ({ ...reading({ uuid }), identifier: values.map(named) });
    expect(await statuses(two('a', 'b'))).toEqual(['201']);
    expect(await statuses(two('b'), two('b', 'c'))).toEqual(['200', '200']);
  });

  test('sent by many at once is one reading, and all are told so', async () => {
    const one = reading({ identifier: named('by many') });
    const told = (await Promise.all(Array.from({ length: 8 }, () => send(one)))).flat();
    expect(told.map(({ status }) => status).sort()).toEqual([
      '200',
      '200',
      '200',
      '200',
      '200',
      '200',
      '200',
      '201',
    ]);
    expect(new Set(told.map(({ location }) => location)).size).toBe(1);
  });
});

describe('another reading', () => {
  test.each<[string, Omit<Wanted, 'patientId'>]>([
    ['with another uuid', { uuid: randomUUID() }],
    ['with another value under the same uuid', { value: 101 }],
    ['of another measure', { code: codeNames.heartRate, device: dataSources.band }],
  ])('%s under an identifier that is taken is a conflict', async (name, change) => {
    const uuid = randomUUID();
    const identifier = named(name);
    const first = reading({ uuid, identifier });
    const other = reading({ uuid, identifier, ...change });
    expect(await statuses(first)).toEqual(['201']);
    const before = await kept();
    const [refused, same, fresh] = await send(other, first, reading({}));
    expect([refused?.status, same?.status, fresh?.status]).toEqual(['409', '200', '201']);
    expect(refused?.outcome?.issue[0]?.expression).toEqual(['Observation.identifier']);
    expect(Number((await kept())?.readings) - Number(before?.readings)).toBe(1);
    const alone = await exchange.request('POST', '/FHIR/R5/Observation', { token: ada, body: other });
    expect(alone.statusCode).toBe(409);
  });

  test('under an identifier that an earlier entry of the batch took', async () => {
    const identifier = named('in one batch');
    expect(await statuses(reading({ identifier }), reading({ identifier }))).toEqual(['201', '409']);
  });

  test('that was stored without its identifier does not get that of a third', async () => {
    const [first, second] = [reading({ identifier: named('of the first') }), reading({})];
    expect(await statuses(first, second)).toEqual(['201', '201']);
    expect(await statuses({ ...second, identifier: [named('of the first')] })).toEqual(['409']);
  });

  test('that is no reading is refused for its identifier, as before', async () => {
    const identifier = named('first of all');
    expect(await statuses(reading({ identifier }))).toEqual(['201']);
    expect(await statuses(reading({ identifier, text: (json) => json.replace('mg/dL', 'MGDL') }))).toEqual([
      '409',
    ]);
  });
});

describe('a code of which both systems of the family are in the catalogue', () => {
  const IEEE = 'https://w3id.org/ieee1752';
  const OMH_SYSTEM = 'https://w3id.org/openmhealth';
  const study = 30001;
  const twin = 50901;

  test('is the same for an answer and for a reading: what was named, before its twin', async () => {
    const { owner } = exchange.database;
    await owner.query(`
      insert into code (id, system, code, text) values (${twin}, '${IEEE}', '${codeNames.glucose}', 'Twin');
      insert into data_source_code (data_source_id, code_id) values (70001, ${twin});
      insert into requested_code (study_id, code_id) values (${study}, ${twin})`);
    const storedAs = async (system: string) => {
      const [told] = await send({ ...reading({}), code: { coding: [{ system, code: codeNames.glucose }] } });
      if (told?.status !== '201') return told?.status;
      const id = told.location?.split('/').at(-1);
      const { rows } = await owner.query<{ code_id: string }>(
        `select code_id from observation where id = ${id}`,
      );
      return Number(rows[0]?.code_id);
    };
    // Ada said yes to one of them only.
    expect([await storedAs(OMH_SYSTEM), await storedAs(IEEE)]).toEqual([50001, '403']);
    const answer = await exchange.request('POST', `/api/v1/patients/${patients.ada}/consents`, {
      token: ada,
      body: {
        studyScopeConsents: [
          {
            studyId: study,
            scopeConsents: [{ codingSystem: IEEE, codingCode: codeNames.glucose, consented: true }],
          },
        ],
      },
    });
    expect(answer.statusCode, answer.body).toBe(201);
    const { rows } = await owner.query(
      `select code_id from consent where study_id = ${study} and code_id = ${twin} and permitted`,
    );
    expect(rows).toHaveLength(1);
    expect([await storedAs(OMH_SYSTEM), await storedAs(IEEE)]).toEqual([50001, twin]);
  });

  test('where one of them is there, the other name means it, to both', async () => {
    const { owner } = exchange.database;
    const answer = await exchange.request('POST', `/api/v1/patients/${patients.ada}/consents`, {
      token: ada,
      body: {
        studyScopeConsents: [
          {
            studyId: study,
            scopeConsents: [{ codingSystem: IEEE, codingCode: codeNames.sleep, consented: true }],
          },
        ],
      },
    });
    expect(answer.statusCode, answer.body).toBe(201);
    const { rows } = await owner.query(
      `select permitted from consent where study_id = ${study} and code_id = 50003`,
    );
    expect(rows).toEqual([{ permitted: true }]);
    const nowhere = await exchange.request('POST', `/api/v1/patients/${patients.ada}/consents`, {
      token: ada,
      body: {
        studyScopeConsents: [
          {
            studyId: study,
            scopeConsents: [{ codingSystem: 'urn:x', codingCode: codeNames.sleep, consented: true }],
          },
        ],
      },
    });
    expect(nowhere.statusCode).toBe(400);
  });
});

describe('the times of a series', () => {
  /** A reading of glucose from one time to another. */
  const during = (start: string, end: string) =>
    reading({
      at: start,
      text: (json) =>
        json.replace(
          /"effective_time_frame":\{[^}]*\}/,
          `"effective_time_frame":{"time_interval":{"start_date_time":"${start}","end_date_time":"${end}"}}`,
        ),
    });
  const at = (time: string) => reading({ at: time });
  const times = async () => {
    const { rows } = await exchange.database.owner.query<{ first: string; last: string }>(`
      select to_char(first_effective at time zone 'UTC', 'YYYY-MM-DD HH24:MI') as first,
        to_char(last_effective at time zone 'UTC', 'YYYY-MM-DD HH24:MI') as last
      from series where patient_id = ${patients.ada} and code_id = 50001`);
    return [rows[0]?.first, rows[0]?.last];
  };

  test.each<[string, () => object[], [string, string]]>([
    [
      'in any order',
      () => [
        at('2020-02-02T00:00:00Z'),
        at('2020-01-01T00:00:00Z'),
        at('2030-03-03T00:00:00Z'),
        at('2025-01-01T00:00:00Z'),
      ],
      ['2020-01-01 00:00', '2030-03-03 00:00'],
    ],
    ['that lie between', () => [at('2024-01-01T00:00:00Z')], ['2020-01-01 00:00', '2030-03-03 00:00']],
    [
      'before and after',
      () => [at('2031-01-01T00:00:00Z'), at('2019-01-01T00:00:00Z')],
      ['2019-01-01 00:00', '2031-01-01 00:00'],
    ],
    [
      'of a while, by both of its ends',
      () => [
        during('2018-01-01T00:00:00Z', '2018-01-02T00:00:00Z'),
        during('2031-12-31T00:00:00Z', '2032-01-01T00:00:00Z'),
      ],
      ['2018-01-01 00:00', '2032-01-01 00:00'],
    ],
    [
      'of a while that was written backwards',
      () => [
        during('2033-01-02T00:00:00Z', '2033-01-01T00:00:00Z'),
        during('2017-01-02T00:00:00Z', '2017-01-01T00:00:00Z'),
      ],
      ['2017-01-01 00:00', '2033-01-02 00:00'],
    ],
  ])('grow by readings %s', async (_name, readings, expected) => {
    const given = readings();
    expect(await statuses(...given)).toEqual(given.map(() => '201'));
    expect(await times()).toEqual(expected);
  });

  test('a while that was written backwards is found and shown forwards', async () => {
    const [told] = await send(during('2016-05-01T12:00:00Z', '2016-05-01T06:00:00Z'));
    const reply = await exchange.request('GET', '/FHIR/R5/Observation?date=2016-05-01', { token: ada });
    expect(reply.json()).toMatchObject({
      total: 1,
      entry: [
        {
          fullUrl: told?.location,
          resource: {
            effectivePeriod: { start: '2016-05-01T06:00:00.000000Z', end: '2016-05-01T12:00:00.000000Z' },
          },
        },
      ],
    });
  });
});

test('a source that is removed between the look at it and the record is looked at again', async () => {
  const { owner } = exchange.database;
  // The first insert finds its source gone, as it would be had somebody removed it meanwhile; sequences do not roll back.
  await owner.query(`
    create sequence removal;
    create function remove_source() returns trigger language plpgsql security definer as $$
      begin
        if nextval('removal') = 1 then delete from data_source where id = 70001; end if;
        return new;
      end $$;
    create trigger remove_source before insert on observation for each row execute function remove_source()`);
  try {
    expect(await statuses(reading({ value: 133 }))).toEqual(['201']);
    const { rows } = await owner.query<{ tries: string }>('select last_value as tries from removal');
    expect(Number(rows[0]?.tries)).toBe(2);
  } finally {
    await owner.query(
      'drop trigger remove_source on observation; drop function remove_source; drop sequence removal',
    );
  }
});

describe('an app that may add readings and read none', () => {
  const only = async (scope: string) =>
    mintToken(exchange, { userId: users.ada, clientId: 'glucose-app', scope, defaultScope: '' });
  const record = async (scope: string, body: object) =>
    (await exchange.request('POST', '/FHIR/R5/Observation', { token: await only(scope), body })).statusCode;

  test.each(['patient/Observation.c patient/Patient.r', 'patient/Observation.cu patient/Patient.rs'])(
    'adds and counts them: %s',
    async (scope) => {
      const before = await kept();
      expect(await record(scope, reading({ identifier: named(`written with ${scope}`) }))).toBe(201);
      const after = await kept();
      expect(Number(after?.counted) - Number(before?.counted)).toBe(1);
      const told = await exchange.request('GET', '/FHIR/R5/Observation', { token: await only(scope) });
      expect(told.statusCode).toBe(403);
    },
  );

  test('reads nothing by what it is told of an identifier that is taken', async () => {
    const scope = 'patient/Observation.c patient/Patient.r';
    const one = reading({ identifier: named('taken unseen') });
    expect(await statuses(one)).toEqual(['201']);
    expect(await record(scope, reading({ value: 199, identifier: named('taken unseen') }))).toBe(409);
  });
});
