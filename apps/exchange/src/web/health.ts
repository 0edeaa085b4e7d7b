import type { Answer, Face } from '../face.ts';

const VERSION = '0.1.0';
const RETRY_AFTER_SECONDS = 5;

type Options = Readonly<{
  /** What keeps this server from its work, in a word each; empty when nothing does. */
  faults(): Promise<readonly string[]>;
}>;

/**
 * `GET /health`: the process is alive; asks nobody, so that a database that is away does not get the server killed.
 * `GET /ready`: it can do its work; 503 with what is missing otherwise. Both without a token, and without a detail that
 * would help anybody else.
 */
export function healthFace({ faults }: Options): Face {
  const ready = async (): Promise<Answer> => {
    const found = await faults();
    if (found.length === 0) return { body: { status: 'ready', version: VERSION } };
    return {
      status: 503,
      headers: { 'retry-after': String(RETRY_AFTER_SECONDS) },
      body: { status: 'not ready', faults: found },
    };
  };
  return {
    name: 'web',
    routes: [
      {
        method: 'GET',
        path: '/health',
        caller: 'anyone',
        handle: async () => ({ body: { status: 'ok', version: VERSION } }),
      },
      { method: 'GET', path: '/ready', caller: 'anyone', handle: ready },
    ],
    refuse: (refusal) => ({
      status: refusal.code === 'not-found' ? 404 : 400,
      body: { detail: refusal.message },
    }),
  };
}
