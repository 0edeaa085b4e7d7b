/**
 * How the authorization server's state is kept: under hashes of what opens it. Whoever holds a session's cookie, a code,
 * a refresh token, a pushed request or a visit's address brings it; the database knows its SHA-256 only, so that a copy
 * of the database opens nothing. Members of a payload that would open something are sealed (AES-256-GCM) under a key
 * made of the very id that is not kept: they can be read by whoever brings it, and by nobody else.
 */
import { createHash } from 'node:crypto';
import { type AdapterPayload, errors } from 'oidc-provider';
import { openUnder, sealUnder } from '../access/seal-under.ts';

/** A grant is named in tokens, sessions and statements, and opens nothing by itself. */
const KNOWN_BY_NAME: ReadonlySet<string> = new Set(['Grant']);

/** Members that nothing but the provider reads, and that hold an address of the visit, a secret or a request. */
const SEALED: Readonly<Record<string, readonly string[]>> = {
  Interaction: ['params', 'returnTo', 'lastSubmission', 'trusted', 'cid', 'parJti', 'deviceCode'],
  Session: ['state'],
  PushedAuthorizationRequest: ['request'],
};
const SEAL = 'sealed';

/** What a model is kept under: 43 characters that lead back to nothing. The provider's ids have 126 bits and more. */
export function storedId(model: string, id: string): string {
  if (KNOWN_BY_NAME.has(model)) return id;
  // PostgreSQL keeps no NUL in text; the hash would hide that it came with the request.
  if (id.includes('\0')) throw notAllowed();
  return createHash('sha256').update(`${model} ${id}`).digest('base64url');
}

/** For what PostgreSQL keeps in no text and no JSON. */
export const notAllowed = () =>
  new errors.InvalidRequest('a parameter contains a character that is not allowed');

/** What is kept of a payload. */
export function toStored(model: string, id: string, payload: AdapterPayload): Record<string, unknown> {
  if (KNOWN_BY_NAME.has(model)) return { ...payload };
  const { jti: _id, ...kept } = payload as Record<string, unknown>;
  if (model === 'Interaction') kept.session = withoutCookie(kept.session);
  const hidden: Record<string, unknown> = {};
  for (const name of SEALED[model] ?? []) {
    if (kept[name] !== undefined) hidden[name] = kept[name];
    delete kept[name];
  }
  return Object.keys(hidden).length === 0 ? kept : { ...kept, [SEAL]: sealUnder(model, id, hidden) };
}

/** The payload as it was, for whoever brings its id. */
export function fromStored(model: string, id: string, stored: Record<string, unknown>): AdapterPayload {
  if (KNOWN_BY_NAME.has(model)) return stored;
  const { [SEAL]: hidden, ...kept } = stored;
  const opened = typeof hidden === 'string' ? openUnder(model, id, hidden) : {};
  return { ...kept, ...opened, jti: id };
}

/**
 * The payload for somebody who knows a session's uid but not the session: enough to see whose it is and what was given
 * in it. What is saved or destroyed of it would be another session's.
 */
export function withoutId(stored: Record<string, unknown>): AdapterPayload {
  const { [SEAL]: _hidden, ...kept } = stored;
  return kept;
}

/** The provider notes the cookie of the session beside its uid, and reads the uid only. */
function withoutCookie(session: unknown): unknown {
  if (typeof session !== 'object' || session === null) return session;
  const { cookie: _cookie, ...rest } = session as Record<string, unknown>;
  return rest;
}
