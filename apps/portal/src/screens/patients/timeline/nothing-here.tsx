import type { Patient } from '@jhe/client';
import { EmptyState } from '../../../shell/empty-state.tsx';
import { nameOf } from '../person.ts';
import type { Measure } from './use-series.ts';

/** In place of a line: why there is none, and what to do. `measure` is null when it is about everything. */
export function NothingHere({ patient, measure }: { patient: Patient; measure: Measure | null }) {
  const next = { label: 'See what is shared', to: `/patients/${patient.id}/sharing` };
  const name = nameOf(patient);
  if (measure?.shared) {
    return (
      <EmptyState
        title={`${measure.code.text}: no readings have arrived yet`}
        next={next}
        testId="chart-empty"
      >
        {name} shares this kind of data, but nothing has come in. Ask whether the device or app is connected;
        readings appear here by themselves.
      </EmptyState>
    );
  }
  return (
    <EmptyState
      title={measure ? `${measure.code.text} is not shared at present` : 'Nothing is shared at present'}
      next={next}
      testId="chart-empty"
    >
      {name} shares {measure ? 'no readings of this kind' : 'no readings'} with your studies now, so none are
      shown, not even those that were shared before. Only the patient can change that, in their own app; the
      readings then appear here by themselves.
    </EmptyState>
  );
}
