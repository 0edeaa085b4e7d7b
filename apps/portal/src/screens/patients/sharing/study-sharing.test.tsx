import { MantineProvider } from '@mantine/core';
import { renderToStaticMarkup } from 'react-dom/server';
import { MemoryRouter } from 'react-router';
import { expect, test } from 'vitest';
import type { Answer, Standing } from './answers.ts';
import { StudySharing } from './study-sharing.tsx';

const study = {
  id: 30006,
  name: 'Lunch',
  description: '',
  organization: { id: 1, name: 'Lab', type: 'laboratory' },
  version: 1,
  dataSources: [],
};
const answer = (standing: Standing, about: Partial<Answer> = {}): Answer => ({
  code: { id: 1, codingSystem: 's', codingCode: standing, text: 'Blood glucose' },
  standing,
  at: '2026-11-01T08:00:00Z',
  until: null,
  source: 'staff',
  recordedBy: 10012,
  basis: 'signed form, protocol 17',
  ...about,
});

/** The words of the row of each answer, by its standing. */
function rows(...answers: Answer[]): Record<string, string> {
  return Object.fromEntries(
    [...markup(...answers).matchAll(/<tr[^>]*data-standing="([^"]+)".*?<\/tr>/g)].map(([row, standing]) => [
      standing,
      row.replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' '),
    ]),
  );
}

function markup(...answers: Answer[]): string {
  const names = new Map([[10012, 'Elena Rivera']]);
  return renderToStaticMarkup(
    <MantineProvider>
      <MemoryRouter>
        <StudySharing study={study} answers={answers} names={names} />
      </MemoryRouter>
    </MantineProvider>,
  );
}

test("shows a yes on the patient's behalf otherwise than the patient's own", () => {
  const mark = (source: Answer['source']) => /<svg.*?<\/svg>/.exec(markup(answer('shared', { source })))?.[0];
  expect(mark('patient')).not.toEqual(mark('staff'));
  expect(mark('patient')).not.toEqual(mark('link'));
  expect(rows(answer('shared', { source: 'patient' })).shared).toMatch(/ Shared the patient’s own answer/);
  expect(rows(answer('shared', { source: 'link' })).shared).toMatch(/ Shared by an invitation link /);
});

test('says how each answer stands and whose it is', () => {
  const shown = rows(
    answer('shared', { until: '2027-01-01T12:00:00Z' }),
    answer('unconfirmed', { basis: null }),
    answer('stopped'),
    answer('ended', { source: 'patient', basis: null }),
    answer('not-shared', { source: 'link', basis: 'invitation link' }),
    answer('withdrawn', { recordedBy: 10099, basis: null }),
    answer('waiting', { at: null, source: null, recordedBy: null, basis: null }),
  );
  expect(shown.shared).toMatch(
    /Shared on the patient’s behalf recorded by Elena Rivera: signed form, protocol 17 .* until .*2027/,
  );
  expect(shown.unconfirmed).toMatch(/Yes, waits for the patient recorded by Elena Rivera, no ground stated/);
  expect(shown.stopped).toMatch(/Yes, stopped counting recorded by Elena Rivera: signed form/);
  expect(shown.ended).toMatch(/Ended the patient’s own answer/);
  expect(shown['not-shared']).toMatch(
    /Not shared, by an invitation link recorded through an invitation link/,
  );
  expect(shown.withdrawn).toMatch(/Withdrawn, by staff recorded by staff of Lab /);
  expect(shown.waiting).toMatch(/Waiting for an answer not answered yet/);
});
