/**
 * What an operator can set does something: every declared setting has a reader, and TypeScript reads settings in one place,
 * which knows what each holds and what counts while it is not set.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { SETTINGS } from '../../apps/exchange/src/domain/settings.ts';
import { ROOT, sourceOf } from './source.ts';

const RULE = 'apps/exchange/src/database/rule';
const DECLARED = 'apps/exchange/src/domain/settings.ts';

const files = sourceOf('apps/exchange/src').filter(({ isTest }) => !isTest);
/** Seeds write settings, and the command shows them: neither is moved by them. */
const readers = files.filter(({ path }) => path !== DECLARED && !/\/src\/(demo|cli)\//.test(path));
const rule = readdirSync(join(ROOT, RULE)).map((name) => readFileSync(join(ROOT, RULE, name), 'utf8'));

/** Without comments, which read nothing. */
const code = (text: string) => text.replace(/\/\*[\s\S]*?\*\/|^\s*(\/\/|--).*$/gm, '');
const readByRule = new Set(
  rule.flatMap((text) =>
    [...code(text).matchAll(/from setting where key = '([^']+)'/g)].map(([, key]) => key!),
  ),
);

it.each(Object.keys(SETTINGS))('%s is read by somebody', (key) => {
  const found = readers.filter(({ text }) => code(text).includes(`'${key}'`)).map(({ path }) => path);
  expect([...found, ...(readByRule.has(key) ? [RULE] : [])]).not.toEqual([]);
});

it('the access rule reads declared settings only, each of which is off while it is not set', () => {
  expect(readByRule.size).toBeGreaterThan(2);
  for (const key of readByRule)
    expect([key, (SETTINGS as Record<string, { default: unknown }>)[key]?.default]).toEqual([key, false]);
});

it('settings are read in these files and in no other', () => {
  const statements = files.filter(({ text }) => /\bfrom (setting\b|\$\{sight\.settings\})/.test(code(text)));
  expect(statements.map(({ path }) => path).sort()).toEqual([
    // Whether the demo world was made stands there too.
    'apps/exchange/src/demo/seed-directory.ts',
    'apps/exchange/src/store/oauth-sealed.ts',
    'apps/exchange/src/store/oauth-settings.ts',
    // By the person's own sight, for a refusal that the rule's policy makes anyway.
    'apps/exchange/src/store/organizations.ts',
  ]);
});
