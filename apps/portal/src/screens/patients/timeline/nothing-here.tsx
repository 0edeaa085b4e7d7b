import type { Patient } from '@jhe/client';
import { EmptyState } from '../../../shell/empty-state.tsx';
import { useProfile } from '../../../shell/use-profile.ts';
import { nameOf } from '../person.ts';
import { type Measure, opennessText } from './measures.ts';
import { whyAllClosed, whyClosed } from './why-closed.ts';

type Props = { patient: Patient; measures: readonly Measure[]; measure?: Measure };

/** In place of a line: why there is none, and what to do. Without a `measure` it is about everything. */
export function NothingHere({ patient, measures, measure }: Props) {
  const isAdministrator = useProfile().data?.isSuperuser === true;
  const name = nameOf(patient);
  const { title, text } = measure
    ? whyClosed(measure, name, isAdministrator)
    : whyAllClosed(measures, name, isAdministrator);
  return (
    <EmptyState
      title={title}
      next={{ label: 'See what is shared', to: `/patients/${patient.id}/sharing` }}
      testId="chart-empty"
    >
      {text}
      {!measure && measures.length > 0 && (
        <ul className="notes" style={{ marginTop: 12 }}>
          {measures.map(({ code, openness }) => (
            <li key={code.id}>
              {code.text}: {opennessText(openness)}
            </li>
          ))}
        </ul>
      )}
    </EmptyState>
  );
}
