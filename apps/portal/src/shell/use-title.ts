import { useEffect } from 'react';

/** Names the browser's tab. No patient is named there: titles end up in histories. */
export function useTitle(title: string): void {
  useEffect(() => {
    document.title = `${title} · JupyterHealth Exchange`;
  }, [title]);
}
