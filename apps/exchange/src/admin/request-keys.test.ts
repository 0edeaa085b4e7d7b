import { describe, expect, it } from 'vitest';
import { camelBody, camelKey, camelQuery } from './request-keys.ts';

describe('request keys (3.1)', () => {
  it.each([
    ['organization_id', 'organizationId'],
    ['organizationId', 'organizationId'],
    ['study_scope_consents', 'studyScopeConsents'],
    ['client_id', 'client_id'],
    ['token_endpoint', 'token_endpoint'],
    ['page_size', 'pageSize'],
    ['_leading', '_leading'],
    ['trailing_', 'trailing_'],
    ['a_1', 'a1'],
    ['__proto__', '__proto__'],
  ])('%s is %s', (key, expected) => {
    expect(camelKey(key)).toBe(expected);
  });

  it('reach into lists and objects, not into documents', () => {
    const omh = { effective_time_frame: { date_time: 'x' } };
    expect(
      camelBody([{ study_id: 1, inner_list: [{ coding_code: 'a_b' }], omh_data: omh, omhData: omh }]),
    ).toEqual([{ studyId: 1, innerList: [{ codingCode: 'a_b' }], omhData: omh }]);
  });

  it('in a query, the last one counts', () => {
    const query = camelQuery(new URLSearchParams('organization_id=1&organizationId=2&client_id=x'));
    expect([...query]).toEqual([
      ['organizationId', '2'],
      ['client_id', 'x'],
    ]);
  });
});
