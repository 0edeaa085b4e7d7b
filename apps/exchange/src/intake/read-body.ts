/** Reads a body as far as it may be read, and parses it as far as it may be parsed. */
import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import { Refusal, Unreadable } from '../domain/refusal.ts';
import type { BodyLimits } from '../face.ts';
import type { Passage } from './flight.ts';
import { beyondBounds } from './json-bounds.ts';
import { FORM_BYTES, MAX_DEPTH } from './limits.ts';
import type { Senders } from './senders.ts';

const JSON_TYPE = /^application\/(json|fhir\+json|merge-patch\+json|json-patch\+json)\s*(;|$)/i;
const FORM_TYPE = /^application\/x-www-form-urlencoded\s*(;|$)/i;

/** Whether a request says that it has a body (RFC 9112, section 6.3). */
export const hasBody = ({ headers }: Pick<IncomingMessage, 'headers'>): boolean =>
  headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;

/**
 * A JSON body parsed, or a form as an object with a list where a name is repeated; undefined when there is none. Refuses
 * other types, codings and sizes before it reads (`goOn` is called when it does), and text that is not UTF-8, no JSON, or
 * beyond its bounds before it parses.
 */
export async function readBody(
  request: IncomingMessage,
  limits: BodyLimits,
  passage: Passage,
  senders: Senders,
  goOn: () => void,
): Promise<unknown> {
  if (!hasBody(request)) return undefined;
  const type = request.headers['content-type'] ?? '';
  const isForm = FORM_TYPE.test(type);
  if (!isForm && !JSON_TYPE.test(type)) {
    throw new Refusal('unsupported', 'The content type of the request body is not served.');
  }
  const coding = request.headers['content-encoding'] ?? 'identity';
  if (coding.toLowerCase() !== 'identity') {
    throw new Refusal('unsupported', 'The content coding of the request body is not served.');
  }
  const mostBytes = isForm ? Math.min(limits.bytes, FORM_BYTES) : limits.bytes;
  if (Number(request.headers['content-length'] ?? 0) > mostBytes) throw tooLarge(mostBytes);
  goOn();
  const text = toText(await collect(request, mostBytes, passage, senders));
  if (isForm) return readForm(text);
  return text === '' ? undefined : parse(text, limits);
}

/** A name that is repeated says more than its last value: in a search each one narrows. */
function readForm(text: string): Record<string, string | string[]> {
  const fields = new Map<string, string | string[]>();
  for (const [name, value] of new URLSearchParams(text)) {
    const before = fields.get(name);
    fields.set(name, before === undefined ? value : [before, value].flat());
  }
  return Object.fromEntries(fields);
}

function toText(bytes: Buffer): string {
  if (!isUtf8(bytes)) throw new Unreadable('The request body is not UTF-8 text.');
  return bytes.toString('utf8');
}

function parse(text: string, { values }: BodyLimits): unknown {
  const beyond = beyondBounds(text, { depth: MAX_DEPTH, values });
  if (beyond !== null) throw new Unreadable(`The request body ${beyond}.`);
  try {
    return JSON.parse(text);
  } catch {
    throw new Unreadable('The request body is not valid JSON.');
  }
}

/** The bytes of a body. What is not read of a refused one is thrown away as it comes, so that the answer arrives. */
function collect(
  request: IncomingMessage,
  mostBytes: number,
  passage: Passage,
  senders: Senders,
): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let received = 0;
    const finish = (refusal: Refusal | null) => {
      request.off('data', take).off('end', end).off('error', broken).off('close', broken);
      request.resume();
      if (refusal === null) return resolve(Buffer.concat(chunks, received));
      chunks.length = 0;
      reject(refusal);
    };
    const take = (chunk: Buffer) => {
      received += chunk.length;
      if (received > mostBytes) return finish(tooLarge(mostBytes));
      try {
        passage.hold(chunk.length);
      } catch (refusal) {
        return finish(refusal as Refusal);
      }
      chunks.push(chunk);
    };
    const end = () => finish(null);
    const broken = () => finish(new Unreadable('The request ended before its body did.'));
    request.on('data', take).once('end', end).on('error', broken).once('close', broken);
    senders.onSlow(request, () => finish(new Refusal('too-slow', 'The request body came too slowly.')));
  });
}

const tooLarge = (mostBytes: number) =>
  new Refusal('too-large', `The request body is larger than ${sizeText(mostBytes)}.`);

const sizeText = (bytes: number): string =>
  bytes % (1024 * 1024) === 0 ? `${bytes / (1024 * 1024)} MiB` : `${bytes / 1024} KiB`;
