import type { IncomingMessage } from 'node:http';
import { Refusal } from '../domain/refusal.ts';

const LIMIT_BYTES = 16 * 1024;

/** Reads a form of one of our own pages: names to values, the last of repeated ones. Refuses more than 16 KiB. */
export async function readForm(request: IncomingMessage): Promise<Record<string, string>> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    const bytes = Buffer.from(chunk as Uint8Array);
    size += bytes.length;
    if (size > LIMIT_BYTES) throw new Refusal('too-large', 'The form is too large.');
    chunks.push(bytes);
  }
  return Object.fromEntries(new URLSearchParams(Buffer.concat(chunks).toString('utf8')));
}
