import { z } from 'zod';
import type { ClientDataSourceRow, ClientRow } from '../../store/clients.ts';
import { textOf, textSchema, URL_LENGTH } from '../read-request.ts';

type Presentable = Pick<ClientRow, 'id' | 'name' | 'clientId' | 'launchUri'> & {
  invitationUrl: string | null;
};

/** Client (3.2): a patients' app, or one that can be opened. Named fields only, so that no secret can slip in. */
export function presentClient({ id, name, clientId, invitationUrl, launchUri }: Presentable) {
  return { id, name, clientId, invitationUrl, launchUri };
}

/** ClientDataSource (3.2). */
export function presentClientDataSource({ id, clientId, dataSourceId }: ClientDataSourceRow) {
  return { id, client_id: clientId, dataSourceId };
}

const LOCAL = new Set(['localhost', '127.0.0.1', '[::1]']);
/** Schemes that run a program in the browser or read its files are no app's own scheme. */
const FORBIDDEN_SCHEMES = new Set(['javascript:', 'data:', 'vbscript:', 'file:', 'blob:', 'about:']);

/** `CODE` once, where the invitation goes; https, http on this computer, or an app's own scheme (3.11). */
const invitationUrlSchema = textOf(URL_LENGTH)
  .refine((url) => url.split('CODE').length === 2, 'Must contain CODE exactly once.')
  .refine(isSafeTarget, 'Must be an https address, http on localhost, or an address of an app.');

/** Where an app is opened about a patient (SMART App Launch 2.2, section 2.1.4); null for nowhere. */
const launchUriSchema = textOf(URL_LENGTH)
  .refine(
    (url) => /^https?:/.test(url) && isSafeTarget(url),
    'Must be an https address, or http on localhost.',
  )
  .nullish();

function isSafeTarget(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const url = new URL(text);
  if (url.protocol === 'http:') return LOCAL.has(url.hostname);
  return !FORBIDDEN_SCHEMES.has(url.protocol);
}

const clientIdSchema = textSchema.regex(
  /^[\x21-\x7e]{3,255}$/,
  'Must be 3 to 255 printable characters without spaces.',
);

export const newClientSchema = z.object({
  name: textSchema,
  clientId: clientIdSchema,
  invitationUrl: invitationUrlSchema,
  launchUri: launchUriSchema,
});

export const clientChangesSchema = newClientSchema.partial();
