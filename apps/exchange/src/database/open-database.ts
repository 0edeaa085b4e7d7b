import { setTimeout as sleep } from 'node:timers/promises';
import { holderOf } from './embedded/lock.ts';
import { startEmbeddedPostgres } from './embedded/supervisor.ts';

/** An owner connection to the product's database, and how to let go of it. */
export type OpenDatabase = Readonly<{
  url: string;
  /** Settles when a database that is ours has ended and cannot be started again. */
  failed: Promise<Error>;
  close(): Promise<void>;
}>;

/** What is not ours may be away for a while, but it never fails for good. */
const NEVER = new Promise<Error>(() => {});

type Where = Readonly<{ databaseUrl: string | null; dataDir: string }>;

/** The server's way: the PostgreSQL that DATABASE_URL names, or the embedded one, started here and held alone. */
export async function openDatabase(
  { databaseUrl, dataDir }: Where,
  log: (line: string) => void,
): Promise<OpenDatabase> {
  if (databaseUrl !== null) return { url: databaseUrl, failed: NEVER, close: async () => {} };
  const postgres = await startEmbeddedPostgres({ dataDir, durable: true, log });
  return {
    url: socketUrl(postgres.host, postgres.port),
    failed: postgres.failed,
    close: () => postgres.stop(),
  };
}

/** How long a command waits for a server that holds the directory but whose PostgreSQL is not up yet. */
const PATIENCE_MS = 15_000;

/**
 * A command's way: beside a running server, through the PostgreSQL that it holds; else as the server does.
 * PostgreSQL itself serves several clients; only opening its files twice is ruled out.
 */
export async function joinDatabase(where: Where, log: (line: string) => void): Promise<OpenDatabase> {
  if (where.databaseUrl !== null) return openDatabase(where, log);
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    const holder = holderOf(where.dataDir);
    if (holder === undefined) return openDatabase(where, log);
    if (holder.host !== undefined && holder.port !== undefined) {
      return { url: socketUrl(holder.host, holder.port), failed: NEVER, close: async () => {} };
    }
    if (Date.now() > deadline) {
      throw new Error(`Process ${holder.pid} holds ${where.dataDir}, but its database does not come up.`);
    }
    await sleep(100);
  }
}

function socketUrl(directory: string, port: number): string {
  return `postgresql://postgres@localhost/postgres?host=${encodeURIComponent(directory)}&port=${port}`;
}
