import type { Code, ConsentEvent, PatientConsents, ScopeConsent } from '@jhe/client';
import { expect, test } from 'vitest';
import { answersByStudy } from './answers.ts';

const PATIENT = { id: 40006, jheUserId: 10013 };
const RIVERA = 10012;
const code = (id: number, text: string): Code => ({ id, text, codingSystem: 's', codingCode: `c${id}` });
const study = (id: number, name: string) => ({
  id,
  name,
  description: '',
  organization: { id: 1, name: 'Lab', type: 'laboratory' },
  version: 1,
  dataSources: [],
});
const at = '2026-11-01T08:00:00Z';
const now = new Date('2026-11-20T08:00:00Z');
const glucose = code(1, 'Blood glucose');
const heart = code(2, 'Heart rate');
const sleep = code(3, 'Sleep');
/** The patient's own answer, unless said otherwise. */
const answered = (of: Code, consented: boolean, more: Partial<ScopeConsent> = {}): ScopeConsent => ({
  code: of,
  consented,
  consentedTime: at,
  confirmed: true,
  counts: consented,
  recordedBy: PATIENT.jheUserId,
  basis: null,
  endsAt: null,
  studyVersion: 1,
  ...more,
});
const event = (of: Code, studyId: number, decision: string) =>
  ({ code: of, study: { id: studyId, name: null }, decision }) as ConsentEvent;

const of = (...scopeConsents: ScopeConsent[]) =>
  ({
    patient: PATIENT,
    consolidatedConsentedScopes: [],
    studiesPendingConsent: [],
    studies: [{ ...study(1, 'Lunch'), scopeConsents }],
  }) as unknown as PatientConsents;

test('a study that is partly answered is one study, its questions by name', () => {
  const consents = {
    patient: PATIENT,
    consolidatedConsentedScopes: [],
    studiesPendingConsent: [
      {
        ...study(1, 'Lunch'),
        pendingScopeConsents: [{ code: glucose, consented: null, consentedTime: null }],
      },
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
  const shown = answersByStudy(consents, history, now).map(({ study: { name }, answers }) => [
    name,
    ...answers.map((answer) => `${answer.code.text}: ${answer.standing} ${answer.at ?? '-'}`),
  ]);
  expect(shown).toEqual([
    ['Aging', `Blood glucose: shared ${at}`],
    ['Lunch', 'Blood glucose: waiting -', `Heart rate: not-shared ${at}`, `Sleep: withdrawn ${at}`],
  ]);
});

const attested = { confirmed: false, recordedBy: RIVERA, basis: 'signed form' };
test.each<[string, ScopeConsent, string[], string, string | null]>([
  ["the patient's own yes", answered(glucose, true), ['permit'], 'shared by patient', null],
  [
    'one with an end to come',
    answered(glucose, true, { endsAt: '2027-01-01T00:00:00Z' }),
    ['permit'],
    'shared by patient',
    '2027-01-01T00:00:00Z',
  ],
  [
    'one whose end has come',
    answered(glucose, true, { endsAt: now.toISOString() }),
    ['permit'],
    'ended by patient',
    now.toISOString(),
  ],
  ['an attested yes that counts', answered(glucose, true, attested), ['permit'], 'shared by staff', null],
  [
    'one that never did',
    answered(glucose, true, { ...attested, counts: false, basis: null }),
    ['permit'],
    'unconfirmed by staff',
    null,
  ],
  [
    'one that does not count any more',
    answered(glucose, true, { ...attested, counts: false }),
    ['close', 'permit'],
    'stopped by staff',
    null,
  ],
  [
    'a yes by a link',
    answered(glucose, true, { confirmed: false, basis: 'invitation link' }),
    ['permit'],
    'shared by link',
    null,
  ],
  [
    "the patient's yes that staff turned into a no",
    answered(glucose, false, { recordedBy: RIVERA }),
    ['withdraw', 'permit'],
    'withdrawn by staff',
    null,
  ],
])('%s', (_name, answer, decisions, standing, until) => {
  const history = decisions.map((decision) => event(glucose, 1, decision));
  const [shown] = answersByStudy(of(answer), history, now)[0]!.answers;
  expect([`${shown?.standing} by ${shown?.source}`, shown?.until]).toEqual([standing, until]);
});
