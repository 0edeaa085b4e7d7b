import { expect, test } from 'vitest';
import type { Answer } from './answers.ts';
import { groundText, namesOf } from './ground.ts';

const names = namesOf([
  { id: 10012, firstName: 'Elena', lastName: 'Rivera', email: 'rivera@example.com', role: 'manager' },
  { id: 10014, firstName: '', lastName: '', email: 'mo@example.com', role: 'member' },
]);
const answer = (about: Partial<Answer>): Answer => ({
  code: { id: 1, codingSystem: 's', codingCode: 'c', text: 'Blood glucose' },
  standing: 'shared',
  at: '2026-11-01T08:00:00Z',
  until: null,
  source: 'staff',
  recordedBy: 10012,
  basis: 'signed form, protocol 17',
  ...about,
});

test.each<[Partial<Answer>, string | undefined]>([
  [{ source: null, recordedBy: null, basis: null }, undefined],
  [{ source: 'patient', recordedBy: 10013, basis: null }, 'the patient’s own answer'],
  [{ source: 'link', recordedBy: 10013, basis: 'invitation link' }, 'recorded through an invitation link'],
  [{}, 'recorded by Elena Rivera: signed form, protocol 17'],
  [{ recordedBy: 10014 }, 'recorded by mo@example.com: signed form, protocol 17'],
  [{ recordedBy: 10099 }, 'recorded by staff of Lab: signed form, protocol 17'],
  [{ standing: 'unconfirmed', basis: null }, 'recorded by Elena Rivera, no ground stated'],
  [{ standing: 'withdrawn', basis: null }, 'recorded by Elena Rivera'],
])('%o', (about, text) => {
  expect(groundText(answer(about), 'Lab', names)).toBe(text);
});
