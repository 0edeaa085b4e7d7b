import { afterAll, beforeAll, expect, it } from 'vitest';
import { type AdminWorld, openAdminWorld } from './admin-world.test-data.ts';

let world: AdminWorld;
beforeAll(async () => {
  world = await openAdminWorld();
});
afterAll(() => world?.close());

it.each(['', '/'])(
  'GET /api/v1%s names every collection that can be listed, with its address',
  async (slash) => {
    const { status, body } = await world.call('ada', 'GET', slash);
    expect(status).toBe(200);
    const listed = world.exchange.app.registry.flatMap(({ method, path }) =>
      method === 'GET' && /^\/api\/v1\/\w+$/.test(path) ? [`http://localhost:8000${path}`] : [],
    );
    expect(listed.length).toBeGreaterThan(10);
    expect(Object.values(body).sort()).toEqual(listed.sort());
    // Keys are in the style of replies.
    expect(body).toMatchObject({
      users: 'http://localhost:8000/api/v1/users',
      dataSources: 'http://localhost:8000/api/v1/data_sources',
      practitionerClients: 'http://localhost:8000/api/v1/practitioner_clients',
    });
  },
);

it('is for whoever is signed in', async () => {
  expect(await world.call('anonymous', 'GET', '/')).toEqual({
    status: 401,
    body: { detail: 'Authentication credentials were not provided.' },
  });
});
