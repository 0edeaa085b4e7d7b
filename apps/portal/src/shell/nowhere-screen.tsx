import { EmptyState } from './empty-state.tsx';

/** An address that means nothing. */
export function NowhereScreen() {
  return (
    <EmptyState
      page
      title="There is no page at this address"
      next={{ label: 'Go to patients', to: '/patients' }}
    >
      The address may be mistyped, or the page may have moved.
    </EmptyState>
  );
}
