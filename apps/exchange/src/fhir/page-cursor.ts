import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { Place } from '../store/keyset.ts';

/** A place in a search and the direction to go from it. */
export type Cursor = Readonly<{ place: Place; backwards: boolean }>;

const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/**
 * Page links are sealed (AES-256-GCM): opaque, because a place holds times and ids; untamperable, because it goes into
 * the order of a search; and bound to the person and the search they were made for, which `binding` names.
 */
export function sealCursor(key: Buffer, binding: string, cursor: Cursor): string {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(binding));
  const sealed = Buffer.concat([
    cipher.update(JSON.stringify([cursor.place, cursor.backwards])),
    cipher.final(),
  ]);
  return Buffer.concat([nonce, cipher.getAuthTag(), sealed]).toString('base64url');
}

/** The cursor in a page link; null when it was changed, belongs to another person or search, or is not ours. */
export function openCursor(key: Buffer, binding: string, text: string): Cursor | null {
  const bytes = Buffer.from(text, 'base64url');
  if (bytes.length <= NONCE_BYTES + TAG_BYTES) return null;
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, NONCE_BYTES))
      .setAAD(Buffer.from(binding))
      .setAuthTag(bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
    const opened = Buffer.concat([
      decipher.update(bytes.subarray(NONCE_BYTES + TAG_BYTES)),
      decipher.final(),
    ]);
    const [place, backwards] = JSON.parse(opened.toString()) as [Place, boolean];
    return { place, backwards };
  } catch {
    return null;
  }
}
