import type { Refusal, RefusalCode } from '../domain/refusal.ts';
import type { Answer, Face, Route } from '../face.ts';
import { OPEN_CORS } from './mount.ts';

const STATUS: Record<RefusalCode, number> = {
  invalid: 400,
  unauthenticated: 401,
  forbidden: 403,
  'not-found': 404,
  'not-allowed': 405,
  'too-slow': 408,
  conflict: 409,
  gone: 410,
  'too-large': 413,
  unsupported: 415,
  unprocessable: 422,
  'too-many': 429,
  busy: 503,
  unavailable: 500,
};

/** The authorization server's routes that are not the provider's: discovery, invitations and launches, open to any origin. */
export function oauthFace(routes: readonly Route[]): Face {
  return {
    name: 'oauth',
    routes,
    refuse: (refusal: Refusal): Answer => ({
      status: STATUS[refusal.code],
      headers: OPEN_CORS,
      body: { detail: refusal.message },
    }),
  };
}
