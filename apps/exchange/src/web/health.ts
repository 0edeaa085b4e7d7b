import type { Face } from '../face.ts';

const VERSION = '0.1.0';

/** `GET /health`: alive, without asking the database and without a token. */
export function healthFace(): Face {
  return {
    name: 'web',
    routes: [
      {
        method: 'GET',
        path: '/health',
        caller: 'anyone',
        handle: async () => ({ body: { status: 'ok', version: VERSION } }),
      },
    ],
    refuse: (refusal) => ({
      status: refusal.code === 'not-found' ? 404 : 400,
      body: { detail: refusal.message },
    }),
  };
}
