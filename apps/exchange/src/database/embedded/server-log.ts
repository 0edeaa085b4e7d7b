import { closeSync, openSync, readFileSync, renameSync, statSync } from 'node:fs';

const ROTATE_AT_BYTES = 10 * 1024 * 1024;

/** PostgreSQL's log file, opened for appending: `fd` is for its output, `tail` for telling why a start failed. */
export interface ServerLog {
  readonly path: string;
  readonly fd: number;
  /** The last lines written since the log was opened. */
  tail(lines: number): string;
  /** Closes our descriptor; the server keeps the one it inherited. */
  close(): void;
}

/** Opens the log (mode 0600), keeping one older file `<path>.1` once it passes 10 MiB. */
export function openServerLog(path: string): ServerLog {
  const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  if (size > ROTATE_AT_BYTES) renameSync(path, `${path}.1`);
  const fd = openSync(path, 'a+', 0o600);
  const start = size > ROTATE_AT_BYTES ? 0 : size;
  return {
    path,
    fd,
    tail: (lines) => {
      const written = readFileSync(path).subarray(start).toString('utf8');
      return written.trimEnd().split('\n').slice(-lines).join('\n');
    },
    close: () => closeSync(fd),
  };
}
