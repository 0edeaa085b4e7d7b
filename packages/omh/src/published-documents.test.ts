/**
 * The documents the Open mHealth project publishes to test its schemas, run through our definitions. They lie outside
 * the project, in ../shared/data beside the checkout; without them these tests are skipped.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { measures, validateBody } from './index.ts';

const root = new URL('../../../../shared/data/omh-test-data/', import.meta.url);
const present = existsSync(root);
if (!present) console.info('skipped: no published test documents in ../shared/data/omh-test-data');

function documents(code: string, verdict: 'shouldPass' | 'shouldFail') {
  const folder = new URL(`${code.replaceAll(':', '/')}/${verdict}/`, root);
  const names = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.json')) : [];
  return names.map((name) => ({
    name: `${code} ${verdict}/${name}`,
    verdict,
    body: JSON.parse(readFileSync(new URL(name, folder), 'utf8')) as unknown,
  }));
}

describe.skipIf(!present)('published documents', () => {
  it('are judged as their authors say', () => {
    let judged = 0;
    const differing: string[] = [];
    for (const [code, measure] of measures) {
      for (const document of [...documents(code, 'shouldPass'), ...documents(code, 'shouldFail')]) {
        judged++;
        const { ok } = validateBody(measure, document.body);
        if (ok !== (document.verdict === 'shouldPass')) differing.push(document.name);
      }
    }
    console.info(`published documents: ${judged} judged, ${differing.length} differ`);
    expect(differing).toEqual([]);
    expect(judged).toBeGreaterThan(60);
  });
});
