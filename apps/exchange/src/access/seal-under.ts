/** Seals a value under a secret that whoever may read it brings: what is stored beside it does not open it. */
import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';

/** As PostgreSQL says of it: it keeps no NUL in text. */
const NO_NUL = '22021';

const keyOf = (model: string, id: string) => createHash('sha256').update(`seal ${model} ${id}`).digest();

/** Seals a value under a secret that has bits enough to be a key and that is not kept beside it. */
export function sealUnder(model: string, id: string, value: unknown): string {
  const iv = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', keyOf(model, id), iv);
  const text = JSON.stringify(value, (_name, member) => {
    if (typeof member === 'string' && member.includes('\0'))
      throw Object.assign(new Error('a character that is not kept'), { code: NO_NUL });
    return member;
  });
  const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
  return Buffer.concat([iv, sealed, cipher.getAuthTag()]).toString('base64url');
}

/** The other way round; throws for anything that was not sealed under this secret. */
export function openUnder<T = Record<string, unknown>>(model: string, id: string, text: string): T {
  const bytes = Buffer.from(text, 'base64url');
  const decipher = createDecipheriv('aes-256-gcm', keyOf(model, id), bytes.subarray(0, 12));
  decipher.setAuthTag(bytes.subarray(-16));
  const opened = Buffer.concat([decipher.update(bytes.subarray(12, -16)), decipher.final()]);
  return JSON.parse(opened.toString('utf8')) as T;
}
