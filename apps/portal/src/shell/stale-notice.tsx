import { useNetwork } from '@mantine/hooks';

const full = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });

/** Above what could not be renewed: since when (epoch ms). Nothing while all is well. */
export function StaleNotice({ since }: { since: number | null }) {
  const { online } = useNetwork();
  if (since === null) return null;
  return (
    <p className="notice" role="alert">
      {online && <b>The exchange cannot be reached. </b>}
      This is how things stood at {full.format(since)}, on your clock. It is asked again every few seconds.
    </p>
  );
}
