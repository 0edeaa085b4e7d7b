/** H-41: what fails inside is said in the protocol's words, to nobody's profit. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openWorld, type World } from './world.test-data.ts';

let world: World;
beforeEach(async () => {
  world = await openWorld();
});
afterEach(() => world?.close());

it.each(['/o/token/', '/o/token', '/o/introspect/', '/o/revoke_token/', '/o/par/'])(
  'H-41 answers an unexpected failure of %s with a bare server_error in JSON',
  async (url) => {
    await world.database.owner.query('alter table client rename to client_gone');
    const response = await world.request({
      method: 'POST',
      url,
      form: { grant_type: 'refresh_token', refresh_token: 'x', token: 'x', client_id: 'jhe-portal' },
      headers: { accept: 'text/html' },
    });
    await world.database.owner.query('alter table client_gone rename to client');
    expect(response.statusCode).toBe(500);
    expect(response.json()).toEqual({ error: 'server_error' });
    expect(String(response.headers['content-type'])).toMatch(/^application\/json/);
    const logged = JSON.stringify(world.faults);
    expect(world.faults.length).toBeGreaterThan(0);
    expect(logged).not.toContain('does not exist');
  },
);

it('says of a character that no database keeps that the request is at fault', async () => {
  const refresh = await world.request({
    method: 'POST',
    url: '/o/token/',
    form: { grant_type: 'refresh_token', refresh_token: 'a\0b' },
  });
  expect([refresh.statusCode, refresh.json().error]).toEqual([400, 'invalid_request']);
  const registration = await world.app.http.inject({
    method: 'POST',
    url: '/o/register/',
    headers: { 'content-type': 'application/json' },
    payload: { client_name: 'a\0b', redirect_uris: ['https://app.example.org/cb'] },
  });
  expect([registration.statusCode, registration.json().error]).toEqual([400, 'invalid_client_metadata']);
  expect(world.faults).toEqual([]);
});
