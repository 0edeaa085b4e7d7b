/**
 * The rules of the house that a machine can check. Each has an id; ARCHITECTURE.md says why it is there. A rule that
 * stands in the way is changed here, on purpose, and there.
 */
import { existsSync, readdirSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { importsOf, ROOT, type SourceFile, sourceOf } from './architecture/source.ts';
import { strangeRelations } from './architecture/statements.ts';

const SERVER = 'apps/exchange/src/';
const server = sourceOf(SERVER).filter((file) => !file.isTest);
const packages = sourceOf('packages');
const portal = sourceOf('apps/portal').filter((file) => !file.isTest);
const everything = [
  ...sourceOf('apps'),
  ...packages,
  ...sourceOf('tests'),
  ...(existsSync(join(ROOT, 'bin')) ? sourceOf('bin') : []),
];

/** Left to right: whatever stands in one row may import the rows before it, and its own folder. */
const LAYERS: readonly (readonly string[])[] = [
  ['domain'],
  ['config.ts', 'outbound.ts', 'node-line.ts'],
  ['database'],
  ['access'],
  ['store'],
  ['operations', 'identity'],
  ['face.ts'],
  ['intake'],
  ['app.ts'],
  ['authorization'],
  ['fhir', 'admin', 'pages', 'mcp', 'web', 'jobs', 'demo'],
  ['cli'],
  ['sign-in.ts'],
  ['exchange.ts', 'main.ts'],
];
const FACES = ['fhir', 'admin', 'pages', 'mcp', 'cli', 'web', 'jobs', 'demo'];
/** Files that put the server together. */
const ROOTS = ['exchange.ts', 'main.ts', 'cli/open.ts'];

const partOf = (path: string) => path.slice(SERVER.length).split('/')[0] ?? '';
const layerOf = (part: string) => LAYERS.findIndex((layer) => layer.includes(part));
const isServer = (path: string) => path.startsWith(SERVER);

/** Faults as `file -> import`, for the imports that a rule does not allow. */
function refusedImports(
  files: readonly SourceFile[],
  isRefused: (file: SourceFile, target: string) => boolean,
): string[] {
  return files.flatMap((file) =>
    file.imports
      .filter(({ target }) => isRefused(file, target))
      .map(({ target }) => `${file.path} -> ${target}`),
  );
}

const among = (path: string, allowed: readonly string[]) =>
  allowed.some(
    (prefix) => path === SERVER + prefix || (prefix.endsWith('/') && path.startsWith(SERVER + prefix)),
  );

describe('imports', () => {
  test('the scanner sees every form of import', () => {
    const text = `import a from './a.ts';\nimport type { B } from '../b.ts';\nimport {\n  c,\n} from 'c';\nimport './d.ts';\nexport { e } from './e.ts';\nconst f = await import('node:f');`;
    expect(importsOf('x/y/z.ts', text).map(({ target }) => target)).toEqual([
      'x/y/a.ts',
      'x/b.ts',
      'c',
      'x/y/d.ts',
      'x/y/e.ts',
      'node:f',
    ]); // prettier-ignore
    expect(server.length).toBeGreaterThan(80);
    expect(server.flatMap((file) => file.imports).length).toBeGreaterThan(300);
  });

  test('A1 arrows in the server point left only', () => {
    const unknown = server.filter(({ path }) => layerOf(partOf(path)) === -1).map(({ path }) => path);
    expect(unknown, 'files outside of every layer').toEqual([]);
    const refused = refusedImports(server, ({ path }, target) => {
      if (!isServer(target)) return target.startsWith('apps/') || target.startsWith('tests/');
      const [from, to] = [partOf(path), partOf(target)];
      // app.ts tells the faces only the shape of what it is given.
      return from !== to && layerOf(to) >= layerOf(from) && !(from === 'main.ts' && to === 'exchange.ts');
    });
    expect(refused).toEqual([]);
  });

  test('A2 faces never import each other; the demo world is for main and the command line', () => {
    const refused = refusedImports(server, ({ path }, target) => {
      if (!isServer(target)) return false;
      const [from, to] = [partOf(path), partOf(target)];
      if (to === 'demo' && from !== 'demo') return from !== 'cli' && from !== 'main.ts';
      return FACES.includes(from) && FACES.includes(to) && from !== to;
    });
    expect(refused).toEqual([]);
  });

  test('A3 the database is reached through the gate: database/ is for access/, store/ and the composition roots', () => {
    const refused = refusedImports(server, ({ path }, target) => {
      if (!target.startsWith(`${SERVER}database/`)) return false;
      if (among(path, ['database/', 'access/', ...ROOTS])) return false;
      // The seed sets ids and passwords of its own, as the system role: it writes SQL but opens nothing.
      const isSqlOnly = target === `${SERVER}database/sql.ts`;
      return !(isSqlOnly && among(path, ['store/', 'demo/seed-directory.ts']));
    });
    expect(refused).toEqual([]);
    // The driver itself has one door.
    expect(
      refusedImports(server, ({ path }, target) => target === 'pg' && !among(path, ['database/'])),
    ).toEqual([]);
  });

  test('A4 the bypass is for signing in, the operator and the seed: access/system.ts', () => {
    const refused = refusedImports(server, ({ path, imports }, target) => {
      if (target !== `${SERVER}access/system.ts`) return false;
      if (among(path, ['access/', 'identity/', 'authorization/', 'cli/', 'demo/', 'jobs/', ...ROOTS]))
        return false;
      const isTypeOnly = imports.every((one) => one.target !== target || one.isTypeOnly);
      return !(isTypeOnly && /store\/(oauth-[a-z-]+|import-targets)\.ts$/.test(path));
    });
    expect(refused).toEqual([]);
  });

  test('A20 identity/ are deeds: they know no request, no reply and no page', () => {
    const ofHttp = ['oidc-provider', 'fastify', 'node:http', `${SERVER}face.ts`];
    const deeds = server.filter(({ path }) => path.startsWith(`${SERVER}identity/`));
    expect(deeds.length).toBeGreaterThan(20);
    expect(refusedImports(deeds, (_file, target) => ofHttp.includes(target))).toEqual([]);
  });

  /** Each package with the packages that stand to its left. */
  const LEFT: Readonly<Record<string, readonly string[]>> = {
    fhir: [],
    omh: ['fhir'],
    devices: ['fhir', 'omh'],
    metrics: [],
    smart: [],
    simulator: ['omh', 'metrics'],
    client: ['fhir', 'omh', 'smart'],
    ui: [],
  };

  test('A5 packages run anywhere and import only packages to their left', () => {
    const present = readdirSync(join(ROOT, 'packages'));
    expect(
      present.filter((name) => !(name in LEFT)),
      'packages without a place',
    ).toEqual([]);
    const refused = refusedImports(
      packages.filter((file) => !file.isTest),
      ({ path }, target) => {
        const name = path.split('/')[1] ?? '';
        if (target.startsWith('node:')) return true;
        if (target.startsWith('@jhe/')) return !LEFT[name]?.includes(target.slice('@jhe/'.length));
        // A relative path stays in its own package; without exception there is no other way round.
        return /^(apps|packages|tests)\//.test(target) && !target.startsWith(`packages/${name}/`);
      },
    );
    expect(refused).toEqual([]);
    const globals = packages.filter(
      ({ isTest, text }) => !isTest && /\b(process\.|Buffer\b|__dirname)/.test(withoutComments(text)),
    );
    expect(
      globals.map(({ path }) => path),
      'names that only Node has',
    ).toEqual([]);
  });

  test('A6 the portal talks to the server through packages/client and knows nothing of its inside', () => {
    const allowed = ['@jhe/client', '@jhe/ui', '@jhe/metrics', '@jhe/smart', '@jhe/omh'];
    const refused = refusedImports(portal, ({ path }, target) => {
      if (path === 'apps/portal/vite.config.ts') return false;
      if (target.startsWith('@jhe/')) return !allowed.includes(target);
      return target.startsWith('node:') || (target.startsWith('apps/') && !target.startsWith('apps/portal/'));
    });
    expect(refused).toEqual([]);
    const fetching = portal.filter(({ text }) => /\bfetch\(/.test(withoutComments(text)));
    expect(
      fetching.map(({ path }) => path),
      'fetching by hand',
    ).toEqual([]);
  });
});

const withoutComments = (text: string) =>
  text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/(^|\s)\/\/.*$/gm, '');

describe('files', () => {
  test('A7 no folder or file is named for being of use: utils, helpers, common, lib, misc', () => {
    const named = /(^|\/)(utils?|helpers?|common|lib|misc|shared)(\/|\.tsx?$)/;
    expect(everything.map(({ path }) => path).filter((path) => named.test(path))).toEqual([]);
  });

  test('A8 no file has more than 500 lines', () => {
    const long = everything.filter(({ text }) => text.split('\n').length > 501);
    expect(long.map(({ path }) => path)).toEqual([]);
  });

  test("A9 no barrels but a package's index.ts, and that one names what it exports", () => {
    const index = (path: string) => /^packages\/[^/]+\/src\/index\.ts$/.test(path);
    const star = everything.filter(({ text }) => /^export \* /m.test(text)).map(({ path }) => path);
    expect(star, 'export *').toEqual([]);
    const onward = /^export (type )?\{[^}]*\} from /gm;
    const barrels = everything.filter(({ path, text }) => {
      const rest = withoutComments(text)
        .replace(onward, '')
        .replace(/^\s*'[^']*';?\s*$/gm, '')
        .trim();
      return (
        !index(path) && path !== `${SERVER}database/sql.ts` && /^export .* from /m.test(text) && rest === ''
      );
    });
    expect(barrels.map(({ path }) => path)).toEqual([]);
  });

  test('A10 only the beginning of a program reads its environment', () => {
    // The embedded PostgreSQL is started with a clean environment but for PATH.
    const allowed = ['main.ts', 'cli/main.ts', 'database/embedded/cluster.ts'];
    const readers = server.filter(
      ({ path, text }) => /process\.env/.test(withoutComments(text)) && !among(path, allowed),
    );
    expect(readers.map(({ path }) => path)).toEqual([]);
  });
});

describe('SQL', () => {
  /**
   * Runs as the system role, which no sight applies to: signing in, and finding out as whom an operator acts. They are
   * reached through access/system.ts only (A4).
   */
  const SYSTEM = [
    /store\/oauth-[a-z-]+\.ts$/,
    /store\/import-targets\.ts$/,
    /store\/mail\.ts$/,
    /store\/series-repair\.ts$/,
  ];
  const EXEMPT_STATEMENTS: Readonly<Record<string, readonly string[]>> = {
    [`${SERVER}store/import-targets.ts`]: ['study', 'membership', 'practitioner', 'app_user'],
    [`${SERVER}store/mail.ts`]: ['mail'],
    [`${SERVER}store/series-repair.ts`]: ['patient', 'observation', 'series'],
  };
  const store = server.filter(({ path }) => path.startsWith(`${SERVER}store/`));

  test('A11 statements of store/ read from relations of the Sight only, never from a table by its name', () => {
    expect(store.length).toBeGreaterThan(20);
    const faults = store.flatMap(({ path, text }) => {
      if (SYSTEM[0]?.test(path)) return [];
      const allowed = EXEMPT_STATEMENTS[path] ?? [];
      return strangeRelations(text)
        .filter((name) => !allowed.includes(name))
        .map((name) => `${path}: from ${name}`);
    });
    expect(faults).toEqual([]);
    const signIn = store.find(({ path }) => path.endsWith('oauth-accounts.ts'));
    expect(strangeRelations(signIn?.text ?? ''), 'the reader sees tables where there are some').toContain(
      'app_user',
    );
    // What is exempt is what runs as the system role: it takes a system's sight, or one narrowed to asking.
    const exempt = store.filter(({ path }) => SYSTEM.some((pattern) => pattern.test(path)));
    expect(
      exempt
        .filter(({ text }) => !/SystemSight|SealedSight|Queryable|Pick<Sight, 'query'>/.test(text))
        .map(({ path }) => path),
    ).toEqual([]);
  });

  test.each<[string, string[]]>([
    ['sql`select x from observation o`', ['observation']],
    ['sql`select x from ${' + 'sight.patients} p join app_user u on true`', ['app_user']],
    ['sql`select x from ${' + 'sight.patients} p, patient q`', ['patient']],
    ['sql`with page as (select 1) select * from page join unnest(1) as k on true`', []],
    [
      'sql`delete from consent t using ${' + 'm} m where t.id in (select x from json_to_recordset(y) as d)`',
      [],
    ],
    ['sql`delete from consent t using enrollment e`', ['enrollment']],
    ['sql`update study s set a = extract(epoch from s.at) from ${' + 'm} m`', []],
    ['sql`update study s set a = 1 from membership m`', ['membership']],
    ['sql`select x is distinct from y from (select 1) z`', []],
  ])('A11 the reader of statements understands %s', (text, expected) => {
    expect(strangeRelations(text)).toEqual(expected);
  });

  test('A19 nothing of the access rule stands in a migration: views, policies, functions and grants are database/rule/', async () => {
    const migrations = new URL('../apps/exchange/src/database/migrations/', import.meta.url);
    // The first sixteen were released while they still stated the rule; what they said of it is taken away at once.
    const later = (await readdir(migrations)).filter((name) => name > '0017');
    const stating = /^\s*(create (or replace )?(view|policy|function)|grant|revoke)\b|row level security/im;
    for (const name of later) {
      const text = (await readFile(new URL(name, migrations), 'utf8')).replace(/^--.*$/gm, '');
      expect(stating.exec(text)?.[0], name).toBeUndefined();
    }
  });

  test('A12 SQL stands in access/, store/, migrations and the seed, and nowhere else', () => {
    const statement = /\bsql`|\.query(<[^>]*>)?\(\s*[`'"]/;
    const allowed = ['access/', 'store/', 'database/', 'demo/seed-directory.ts'];
    const writers = server.filter(
      ({ path, text }) => statement.test(withoutComments(text)) && !among(path, allowed),
    );
    expect(writers.map(({ path }) => path)).toEqual([]);
  });
});
