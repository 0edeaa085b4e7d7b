import type { IncomingMessage } from 'node:http';
import { Refusal } from '../domain/refusal.ts';

/** Reads a form of one of our own pages: names to values, the last of repeated ones. Refuses more than `limit` bytes. */
export async function readForm(request: IncomingMessage, limit: number): Promise<Record<string, string>> {
  const chunks: Buffer[] = [];
  let size = 0;
  // Destroyed, the request would take the answer with it.
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    const bytes = Buffer.from(chunk as Uint8Array);
    size += bytes.length;
    if (size > limit) throw new Refusal('too-large', 'The form is too large.');
    chunks.push(bytes);
  }
  const fields = [...new URLSearchParams(Buffer.concat(chunks).toString('utf8'))];
  // No keyboard makes it and no database keeps it.
  if (fields.some((field) => field.join('').includes('\0')))
    throw new Refusal('invalid', 'The form contains a character that cannot be kept.');
  return Object.fromEntries(fields);
}
