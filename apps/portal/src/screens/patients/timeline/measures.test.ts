import type { ConsentStudy, Series } from '@jhe/client';
import { describe, expect, test } from 'vitest';
import type { Answer, Source, Standing } from '../sharing/answers.ts';
import { chosenMeasures, opennessText, toMeasures } from './measures.ts';
import { whyAllClosed, whyClosed } from './why-closed.ts';

const study = (id: number): ConsentStudy => ({
  id,
  name: `Study ${id}`,
  description: '',
  organization: { id, name: `Lab ${id}`, type: 'laboratory' },
  version: 1,
  dataSources: [],
});
const code = { id: 1, codingSystem: 's', codingCode: 'omh:heart-rate:2.0', text: 'Heart rate' };
const answer = (standing: Standing, source: Source | null = 'patient'): Answer => ({
  code,
  standing,
  source,
  at: null,
  until: null,
  recordedBy: null,
  basis: null,
});
const series = (count: number): Series => ({
  codeId: 1,
  codingSystem: 's',
  codingCode: code.codingCode,
  text: code.text,
  unit: 'beats/min',
  units: ['beats/min'],
  count,
  firstEffective: null,
  lastEffective: null,
  lastArrival: null,
  lastReading: null,
});
/** Questions of a study each, numbered from 1. */
const asked = (...answers: Answer[]) =>
  answers.map((one, index) => ({ study: study(index + 1), answers: [one] }));
const only = (open: Series[], ...answers: Answer[]) => toMeasures(open, asked(...answers))[0]!;

describe('how a kind of data stands', () => {
  const check = (open: Series[], answers: Answer[], openness: string, text: string | undefined) =>
    test(`${answers.map(({ standing }) => standing)}, ${open.length === 0 ? 'closed' : `${open[0]!.count} readings`}`, () => {
      const measure = only(open, ...answers);
      expect([measure.openness, opennessText(measure.openness)]).toEqual([openness, text]);
      expect(measure.series === null).toBe(openness !== 'readable');
    });
  check([series(3)], [answer('shared')], 'readable', undefined);
  check([series(3)], [], 'readable', undefined);
  check([series(0)], [answer('shared')], 'empty', 'no readings yet');
  check([], [answer('shared')], 'elsewhere', 'not shared with you');
  // The same words as on the sharing tab.
  check([], [answer('waiting', null)], 'waiting', 'waiting for an answer');
  check([], [answer('not-shared')], 'not-shared', 'not shared');
  check([], [answer('withdrawn')], 'withdrawn', 'withdrawn');
  check([], [answer('unconfirmed', 'staff')], 'unconfirmed', 'yes, waits for the patient');
  check([], [answer('stopped', 'staff')], 'stopped', 'yes, stopped counting');
  check([], [answer('ended')], 'ended', 'ended');
  check([], [answer('not-shared'), answer('waiting', null)], 'waiting', 'waiting for an answer');
  check([], [answer('withdrawn'), answer('shared')], 'elsewhere', 'not shared with you');
});

test('an answer on behalf is told apart, unless the patient said yes as well', () => {
  expect(only([series(3)], answer('shared', 'staff')).onBehalf?.study.id).toBe(1);
  expect(only([series(0)], answer('not-shared'), answer('shared', 'link')).onBehalf?.study.id).toBe(2);
  expect(only([series(3)], answer('shared', 'staff'), answer('shared')).onBehalf).toBeNull();
  expect(only([], answer('shared', 'staff')).onBehalf).toBeNull();
});

describe('why there is nothing to see', () => {
  const words = (open: Series[], isAdministrator: boolean, ...answers: Answer[]) => {
    const { title, text } = whyClosed(only(open, ...answers), 'Ada Byron', isAdministrator);
    return `${title}. ${text}`;
  };
  test('an administrator is not told that nothing has arrived', () => {
    const said = words([], true, answer('shared'));
    expect(said).toMatch(
      /^Heart rate is not shared with you\. Ada Byron shares it with “Study 1”\. You administer/,
    );
    expect(said).toMatch(/only people of Lab 1 read them/);
    expect(said).not.toMatch(/arrived|come in/);
    const all = whyAllClosed([only([], answer('shared'))], 'Ada Byron', true);
    expect(all.title).toBe('Nothing is shared with you');
    expect(all.text).toMatch(/You administer the exchange, and that opens nobody’s readings/);
    expect(whyAllClosed([], 'Ada Byron', true).text).toMatch(/You administer/);
  });
  test('who may read is told that nothing has arrived, and only then', () => {
    expect(words([series(0)], false, answer('shared'))).toMatch(/no readings have arrived yet/);
    expect(words([], false, answer('shared'))).not.toMatch(/arrived/);
  });
  test('a question that waits is not called a no', () => {
    expect(words([], false, answer('waiting', null))).toMatch(
      /^Heart rate: waiting for an answer\. “Study 1” asks .* has not answered yet/,
    );
    const all = whyAllClosed([only([], answer('waiting', null))], 'Ada Byron', false);
    expect(all.title).toBe('Waiting for the patient’s answers');
    expect(words([], false, answer('not-shared'))).toMatch(/the answer is no/);
    expect(words([], false, answer('withdrawn'))).toMatch(
      /was taken back.* Only the patient can change that/,
    );
    expect(words([], false, answer('withdrawn', 'staff'))).toMatch(/not the patient’s own answer/);
  });
});

test('glucose comes first, and is chosen even while it cannot be read', () => {
  const glucose: Answer = {
    ...answer('waiting', null),
    code: { ...code, id: 2, codingCode: 'omh:blood-glucose:4.0', text: 'Blood glucose' },
  };
  const measures = toMeasures([series(3)], asked(answer('shared'), glucose));
  expect(measures.map(({ code: { id } }) => id)).toEqual([2, 1]);
  expect(chosenMeasures(measures, null).map(({ code: { id } }) => id)).toEqual([2, 1]);
  expect(chosenMeasures(measures, '1').map(({ code: { id } }) => id)).toEqual([1]);
  expect(chosenMeasures([], null)).toEqual([]);
});
