import type { Code, ConsentEvent, PatientConsents, ScopeConsent } from '@jhe/client';
import { expect, test } from 'vitest';
import { answersByStudy } from './answers.ts';

const code = (id: number, text: string): Code => ({ id, text, codingSystem: 's', codingCode: `c${id}` });
const study = (id: number, name: string) => ({
  id,
  name,
  description: '',
  organization: { id: 1, name: 'Lab', type: 'laboratory' },
  dataSources: [],
});
const at = '2026-11-01T08:00:00Z';
const glucose = code(1, 'Blood glucose');
const heart = code(2, 'Heart rate');
const sleep = code(3, 'Sleep');
const answered = (of: Code, consented: boolean): ScopeConsent => ({ code: of, consented, consentedTime: at });
const event = (of: Code, studyId: number, decision: string) =>
  ({ code: of, study: { id: studyId, name: null }, decision }) as ConsentEvent;

const consents = {
  consolidatedConsentedScopes: [],
  studiesPendingConsent: [
    { ...study(1, 'Lunch'), pendingScopeConsents: [{ code: glucose, consented: null, consentedTime: null }] },
  ],
  studies: [
    { ...study(2, 'Aging'), scopeConsents: [answered(glucose, true)] },
    { ...study(1, 'Lunch'), scopeConsents: [answered(sleep, false), answered(heart, false)] },
  ],
} as unknown as PatientConsents;

const history = [
  event(glucose, 2, 'permit'),
  event(glucose, 2, 'withdraw'),
  event(sleep, 1, 'withdraw'),
  event(sleep, 1, 'permit'),
  event(heart, 2, 'withdraw'),
  event(heart, 1, 'decline'),
];

test('a study that is partly answered is one study, its questions by name', () => {
  const shown = answersByStudy(consents, history).map(({ study: { name }, answers }) => [
    name,
    ...answers.map((answer) => `${answer.code.text}: ${answer.standing} ${answer.at ?? '-'}`),
  ]);
  expect(shown).toEqual([
    ['Aging', `Blood glucose: shared ${at}`],
    ['Lunch', 'Blood glucose: waiting -', `Heart rate: not-shared ${at}`, `Sleep: withdrawn ${at}`],
  ]);
});
