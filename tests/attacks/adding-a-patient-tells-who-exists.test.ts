/**
 * The attack: adding a patient was an oracle. The answer told whether an address belongs to a patient, to somebody who
 * works with the exchange, or to nobody, and whether another organization uses a record number; three hundred guesses
 * took ten seconds. Numbers of patients told the same by their refusals.
 */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { codes, organizations, patients, studies, users } from '../worlds/two-organizations.ts';
import { type AttackWorld, answers, openAttackWorld, type Reply, told } from './attack-world.ts';

const { lakeside } = organizations;
const NOBODY = 49_999;

let world: AttackWorld;
beforeAll(async () => {
  world = await openAttackWorld();
  await world.sql(
    `insert into app_user (email, email_verified) values ('plain@example.org', true), ('unproved@example.org', false)`,
  );
  await world.sql(`update app_user set active = false where id = ${users.nina}`);
});
afterAll(() => world?.close());

const as = (method: string, url: string, body?: unknown) =>
  world.call('mo', method, url, body === undefined ? {} : { body });

it('by address: all that happens with it is the same, whoever has it', async () => {
  const probe = async (telecomEmail: string): Promise<Reply[]> => {
    const lookup = () => as('GET', `/api/v1/patients/global_lookup?email=${telecomEmail}`);
    const draft = { organizationId: lakeside, nameFamily: 'Pro', nameGiven: 'Be', telecomEmail };
    const before = await lookup();
    const made = await as('POST', '/api/v1/patients', draft);
    const { id } = made.json();
    const replies = [before, made, await as('POST', '/api/v1/patients', draft), await lookup()];
    replies.push(await as('GET', `/api/v1/patients/${id}`));
    replies.push(await as('POST', `/api/v1/studies/${studies.glucose}/patients`, { patientIds: [id] }));
    replies.push(await as('POST', '/api/v1/invitation', { patientId: id, clientId: 101 }));
    replies.push(await as('GET', `/api/v1/patients/${id}/consolidated_clients`));
    return replies;
  };
  const shown = async (address: string) =>
    (await probe(address)).map(told).map(({ status, body }) => ({
      status,
      body: body
        .replace(/"token":"[^"]+"/, '"token":"…"')
        .replace(/(8000|3A8000)_\w{32}|<number>_[^"]+/, '…'),
    }));
  const expected = await shown('nobody-at-all@example.org');
  expect(expected.slice(0, 3).map(({ status }) => status)).toEqual([200, 201, 201]);
  for (const address of [
    'CLEO@Example.org',
    'hana@example.org',
    'nina@example.org',
    'root@example.org',
    'plain@example.org',
    'unproved@example.org',
  ]) {
    expect(await shown(address), address).toEqual(expected);
  }
  // Colleagues are found by address, so that they can be given a role; people who do not work here are not.
  const search = (address: string) => as('GET', `/api/v1/users/search_by_email?email=${address}`);
  for (const address of ['cleo@example.org', 'plain@example.org', 'unproved@example.org'])
    expect(told(await search(address)), address).toEqual(told(await search('nobody-at-all@example.org')));
});

it('by record number: an organization has its own, and hears nothing of those of others', async () => {
  const number = { system: 'urn:example:harbor', value: 'H-1' };
  await world.deed('hana', 'POST', '/api/v1/patients', {
    organizationId: organizations.harbor,
    nameFamily: 'Her',
    nameGiven: 'Own',
    telecomEmail: 'own@example.org',
    identifiers: [number],
  });
  const probe = async (value: string) => {
    const identifiers = [{ system: 'urn:example:harbor', value }];
    const draft = { organizationId: lakeside, nameFamily: 'Pro', telecomEmail: 'p@example.org', identifiers };
    const made = await as('POST', '/api/v1/patients', draft);
    const changed = await as('PATCH', `/api/v1/patients/${patients.dora}`, { identifiers });
    const found = await as('GET', `/api/v1/patients?patientIdentifierValue=${value}`);
    return [made, changed, found].map(told).map((reply) => JSON.stringify(reply).replaceAll(value, '…'));
  };
  const taken = await probe('H-1');
  expect(taken).toEqual(await probe('H-2'));
  expect(taken[0]).toContain('"status":201');
});

it('a record number of one organization is unknown to another that has the same patient', async () => {
  // Ada is a patient of both, and A-17 at Lakeside.
  const probe = async (value: string) => {
    const asHana = (url: string) => world.call('hana', 'GET', url);
    return [
      await asHana(`/api/v1/patients?patientIdentifierValue=${value}`),
      await asHana(`/api/v1/patients/search?q=${value}`),
      await asHana(`/FHIR/R5/Patient?identifier=urn:example:mrn|${value}`),
      await asHana(`/FHIR/R5/Patient?identifier=${value}`),
      await asHana(`/FHIR/R5/Observation?patient.identifier=urn:example:mrn|${value}`),
    ]
      .map(told)
      .map((reply) => JSON.stringify(reply).replaceAll(value, '…'));
  };
  expect(await probe('A-17')).toEqual(await probe('A-18'));
  for (const path of ['/api/v1/patients/', '/FHIR/R5/Patient/'])
    expect((await world.call('hana', 'GET', `${path}${patients.ada}`)).body).not.toContain('A-17');
  expect((await world.call('mo', 'GET', `/api/v1/patients/${patients.ada}`)).body).toContain('A-17');
  expect((await world.call('ada', 'GET', '/api/v1/patients/me')).body).toContain('A-17');
});

it('by number: a patient of others and a number that nobody has are answered alike', async () => {
  const probe = async (id: number) => {
    const path = `/api/v1/patients/${id}`;
    return [
      await as('GET', path),
      await as('PATCH', path, { nameGiven: 'X' }),
      await as('PUT', path, { nameGiven: 'X' }),
      await as('PATCH', `${path}/global_add_organization?organizationId=${lakeside}`),
      await as('DELETE', `${path}?organizationId=${lakeside}`),
      await as('GET', `${path}/consents`),
      await as('GET', `${path}/consents/history`),
      await as('PATCH', `${path}/consents`, answers(studies.glucose, ['omh:heart-rate:2.0'], true)),
      await as('DELETE', `${path}/consents`, answers(studies.glucose, ['omh:heart-rate:2.0'], true)),
      await as('GET', `${path}/consolidated_clients`),
      await as('GET', `${path}/series`),
      await as('GET', `${path}/series/${codes.glucose}/values`),
      await as('GET', `/api/v1/invitation?patientId=${id}`),
      await as('POST', '/api/v1/invitation', { patientId: id, clientId: 101 }),
      await as('POST', `/api/v1/studies/${studies.glucose}/patients`, { patientIds: [id] }),
      await as('DELETE', `/api/v1/studies/${studies.glucose}/patients`, { patientIds: [id] }),
      await as('GET', `/FHIR/R5/Patient/${id}`),
      await as('GET', `/FHIR/R5/Patient?_id=${id}`),
      await as('GET', `/FHIR/R5/Observation?patient=${id}`),
    ].map(told);
  };
  // Cleo belongs to Harbor alone.
  expect(await probe(patients.cleo)).toEqual(await probe(NOBODY));
});
