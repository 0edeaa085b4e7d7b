import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  codeRequest,
  fetchTokens,
  openWorld,
  PASSWORD,
  type World,
} from '../../authorization/world.test-data.ts';
import { mailTo, visitor } from './visitor.test-data.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world?.close());

const RIVERA = 'rivera@example.org';
const CHANGE = '/accounts/password_change/';
const NEW = 'nine green turtles';
const formOf = (current: string, changes: Record<string, string> = {}) => ({
  current,
  password: NEW,
  password_again: NEW,
  ...changes,
});

it.each([
  ['the wrong current password', formOf('wrong'), 'current', 'This is not your current password.'],
  ['no current password', { password: NEW }, 'current', 'This is not your current password.'],
  ['a weak one', formOf(PASSWORD, { password: 'short', password_again: 'short' }), 'password', 'longer'],
  ['two different ones', formOf(PASSWORD, { password_again: 'x' }), 'password_again', 'differ'],
])('refuses %s', async (_name, form, field, message) => {
  const rivera = visitor(world);
  await rivera.enter(CHANGE, RIVERA);
  const page = await rivera.open(CHANGE, form);
  expect(page.status).toBe(400);
  expect(new RegExp(`id="${field}-fault">([^<]*)<`).exec(page.body)?.[1]).toContain(message);
});

it('sends whoever is not signed in to sign in, also when posting', async () => {
  for (const form of [undefined, formOf(PASSWORD)])
    expect((await visitor(world).open(CHANGE, form)).url).toContain('/o/interaction/');
});

it('limits guessing at the current password', async () => {
  const root = visitor(world);
  await root.enter(CHANGE, 'root@example.org');
  for (let count = 0; count < 10; count++) await root.open(CHANGE, formOf('wrong'));
  const closed = await root.open(CHANGE, formOf(PASSWORD));
  expect(closed.status).toBe(429);
  expect(Number(closed.headers['retry-after'])).toBeGreaterThan(800);
});

it('changes it: this session stays, others and their tokens end', async () => {
  const other = world.browser();
  const { tokens } = await fetchTokens(world, other, codeRequest());
  const rivera = visitor(world);
  await rivera.enter(CHANGE, RIVERA);
  expect((await rivera.open(CHANGE, formOf(PASSWORD))).url).toBe('/accounts/password_change/done/');
  expect((await rivera.open(CHANGE)).url).toBe(CHANGE);
  expect(await world.server.verifyToken(tokens.access_token!)).toBeNull();
  expect(String((await other.go({ url: codeRequest().url })).headers.location)).toContain('/o/interaction/');
  expect((await visitor(world).enter(CHANGE, RIVERA)).status).toBe(400);
  expect((await visitor(world).enter(CHANGE, RIVERA, NEW)).url).toBe(CHANGE);
  expect((await mailTo(world, RIVERA)).at(-1)?.subject).toBe('Your password was changed');
});
