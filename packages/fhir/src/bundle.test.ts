import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { batchResponse, parseBatch, searchset } from './bundle.ts';
import { outcome } from './operation-outcome.ts';

const post = (resource: unknown) => ({ resource, request: { method: 'POST', url: 'Observation' } });
const batch = (...entry: unknown[]) => ({ resourceType: 'Bundle', type: 'batch', entry });

describe('parseBatch', () => {
  test('gives one request per entry, in order, with the resource unchecked', () => {
    const resource = { resourceType: 'Observation' };
    const conditional = {
      resource: 5,
      request: { method: 'PUT', url: 'Patient/1', ifNoneExist: 'identifier=a|b', ifMatch: 'W/"1"' },
    };
    expect(
      parseBatch(batch(post(resource), { request: { method: 'GET', url: 'Patient/1' } }, conditional), {
        maxEntries: 3,
      }),
    ).toEqual({
      ok: true,
      entries: [
        { ok: true, index: 0, method: 'POST', url: 'Observation', resource },
        { ok: true, index: 1, method: 'GET', url: 'Patient/1', resource: undefined },
        {
          ok: true,
          index: 2,
          method: 'PUT',
          url: 'Patient/1',
          resource: 5,
          ifNoneExist: 'identifier=a|b',
          ifMatch: 'W/"1"',
        },
      ],
    });
  });

  test.each<[unknown, string, string]>([
    [null, 'structure', 'Bundle'],
    [[], 'structure', 'Bundle'],
    [{ resourceType: 'Observation' }, 'structure', 'Bundle'],
    [{ resourceType: 'Bundle' }, 'invalid', 'Bundle.type'],
    [{ resourceType: 'Bundle', type: 'collection', entry: [] }, 'invalid', 'Bundle.type'],
    [{ resourceType: 'Bundle', type: 'transaction', entry: [] }, 'not-supported', 'Bundle.type'],
    [{ resourceType: 'Bundle', type: 'batch', entry: {} }, 'structure', 'Bundle.entry'],
    [{ resourceType: 'Bundle', type: 'batch', entry: null }, 'structure', 'Bundle.entry'],
    [batch(1, 2, 3), 'too-costly', 'Bundle.entry'],
  ])('refuses %j as a whole', (value, code, expression) => {
    const result = parseBatch(value, { maxEntries: 2 });
    expect(result.ok ? [] : result.issues).toMatchObject([{ code, expression }]);
  });

  test.each<[unknown, string]>([
    [null, 'Bundle.entry[1]'],
    ['x', 'Bundle.entry[1]'],
    [{ resource: {} }, 'Bundle.entry[1].request'],
    [{ resource: {}, request: { url: 'Observation' } }, 'Bundle.entry[1].request.method'],
    [{ resource: {}, request: { method: 'post', url: 'Observation' } }, 'Bundle.entry[1].request.method'],
    [{ resource: {}, request: { method: 'POST' } }, 'Bundle.entry[1].request.url'],
    [{ resource: {}, request: { method: 'POST', url: 'a'.repeat(9000) } }, 'Bundle.entry[1].request.url'],
    [{ request: { method: 'POST', url: 'Observation' } }, 'Bundle.entry[1].resource'],
    [
      { resource: {}, request: { method: 'POST', url: 'Observation', ifNoneExist: '' } },
      'Bundle.entry[1].request.ifNoneExist',
    ],
    [
      { resource: {}, request: { method: 'PUT', url: 'Patient/1', ifMatch: 1 } },
      'Bundle.entry[1].request.ifMatch',
    ],
  ])('answers the faulty entry %j at its own place', (entry, expression) => {
    const result = parseBatch(batch(post({}), entry, post({})), { maxEntries: 10 });
    expect(result.ok && result.entries.map(({ ok }) => ok)).toEqual([true, false, true]);
    expect(result.ok && result.entries[1]).toMatchObject({ index: 1, issues: [{ expression }] });
  });

  test('takes a batch without entries', () => {
    expect(parseBatch({ resourceType: 'Bundle', type: 'batch' }, { maxEntries: 1 })).toEqual({
      ok: true,
      entries: [],
    });
  });

  test('never throws, and keeps one item per entry', () => {
    fc.assert(
      fc.property(fc.anything(), fc.array(fc.anything()), (value, entry) => {
        expect(parseBatch(value, { maxEntries: 100 }).ok).toBe(false);
        const result = parseBatch(batch(...entry), { maxEntries: 100 });
        expect(result.ok && result.entries.map(({ index }) => index)).toEqual(entry.map((_, index) => index));
      }),
    );
  });
});

test('batchResponse keeps order, and has an outcome only where there is one', () => {
  const failure = outcome([{ code: 'forbidden', diagnostics: 'No consent.' }]);
  expect(
    batchResponse([
      { status: 201, location: 'Observation/63416', etag: 'W/"1"' },
      { status: 200, resource: { resourceType: 'Observation', id: '63416' }, location: 'Observation/63416' },
      { status: 403, outcome: failure },
    ]),
  ).toEqual({
    resourceType: 'Bundle',
    type: 'batch-response',
    entry: [
      { response: { status: '201 Created', location: 'Observation/63416', etag: 'W/"1"' } },
      {
        resource: { resourceType: 'Observation', id: '63416' },
        response: { status: '200 OK', location: 'Observation/63416' },
      },
      { response: { status: '403 Forbidden', outcome: failure } },
    ],
  });
});

describe('searchset', () => {
  test('has entry and link even when empty, and no meta: FHIR has no empty objects', () => {
    const links = { self: 'https://h/FHIR/R5/Patient' };
    expect(searchset({ base: 'https://h/FHIR/R5/', entries: [], total: 0, links })).toEqual({
      resourceType: 'Bundle',
      type: 'searchset',
      total: 0,
      entry: [],
      link: [{ relation: 'self', url: links.self }],
    });
  });

  test('orders links self, previous, next, gives fullUrl, and puts remarks last', () => {
    const bundle = searchset({
      base: 'https://h/FHIR/R5',
      entries: [{ resourceType: 'Patient', id: '40001' }],
      links: { next: 'n', self: 's', previous: 'p' },
      outcome: {
        id: '0f8b2a4e-1111-4222-8333-444455556666',
        ...outcome([{ severity: 'warning', code: 'not-supported', diagnostics: 'x' }]),
      },
    });
    expect(bundle.link.map(({ relation }) => relation)).toEqual(['self', 'previous', 'next']);
    expect(bundle.entry[0]).toEqual({
      fullUrl: 'https://h/FHIR/R5/Patient/40001',
      resource: { resourceType: 'Patient', id: '40001' },
      search: { mode: 'match' },
    });
    expect(bundle.entry[1]).toMatchObject({
      fullUrl: 'urn:uuid:0f8b2a4e-1111-4222-8333-444455556666',
      resource: { resourceType: 'OperationOutcome', id: '0f8b2a4e-1111-4222-8333-444455556666' },
      search: { mode: 'outcome' },
    });
    expect('total' in bundle).toBe(false);
  });
});
