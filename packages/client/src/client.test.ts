import { expect, test } from 'vitest';
import { createClient } from './client.ts';

test('a list that has several pages comes whole', async () => {
  const asked: string[] = [];
  const client = createClient({
    origin: 'http://localhost:8000',
    getToken: async () => 'token',
    fetch: async (url) => {
      const { pathname, searchParams } = new URL(String(url));
      const page = Number(searchParams.get('page'));
      asked.push(`${pathname} ${page} ${searchParams.get('pageSize')}`);
      return Response.json({
        count: 5,
        next: page < 3 ? 'more' : null,
        previous: null,
        results: [page, page],
      });
    },
  });
  const { count, results } = await client.consentHistory(40006);
  expect([count, results]).toEqual([5, [1, 1, 2, 2, 3, 3]]);
  expect(asked).toEqual([1, 2, 3].map((page) => `/api/v1/patients/40006/consents/history ${page} 1000`));
});
