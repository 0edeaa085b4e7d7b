/**
 * What this server asks of others: keys of clients, what issuers and institutions say of themselves, tokens and people.
 * Whoever can name an address here must not be able to make the server call its own neighbours, nor fill its memory.
 */
import { type LookupAddress, type LookupOptions, lookup as resolve } from 'node:dns';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { BlockList, isIP } from 'node:net';

/** `public`: https to public addresses. `private`: also private addresses, and http to this computer. */
export type OutboundReach = 'public' | 'private';

export type OutboundOptions = Readonly<{
  reach: OutboundReach;
  timeoutMs?: number;
  headers?: Readonly<Record<string, string>>;
  /** How much of an answer is read, in bytes; half a MiB unless said otherwise. */
  mostBytes?: number;
  /** Posted as a form in place of a GET. */
  form?: Readonly<Record<string, string>>;
}>;

/** What was asked for could not be had. The message names no address. */
export class OutboundFault extends Error {
  /** The status of the answer, where there was one. */
  readonly status: number | undefined;

  constructor(message: string, status?: number) {
    super(message);
    this.name = 'OutboundFault';
    this.status = status;
  }
}

/** What an OutboundFault says of an address that may be asked only in a private network. */
export const PRIVATE_ADDRESS = 'an address of a private network';

const TIMEOUT_MS = 10_000;
const MOST_BYTES = 512 * 1024;

const LOCAL_NAMES: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]']);

/** Whether an address names this computer itself. */
export const isLocal = (address: string): boolean =>
  URL.canParse(address) && LOCAL_NAMES.has(new URL(address).hostname);

/** Addresses that are nobody's on the public Internet (RFC 6890 and what has joined it since). */
const PRIVATE = { ipv4: new BlockList(), ipv6: new BlockList() };
for (const [network, bits] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 3],
] as const)
  PRIVATE.ipv4.addSubnet(network, bits, 'ipv4');
// Of IPv6 only what is handed out for the Internet, 2000::/3, and of that not the parts that lead elsewhere.
for (const [network, bits] of [
  ['::', 3],
  ['4000::', 2],
  ['8000::', 1],
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
] as const)
  PRIVATE.ipv6.addSubnet(network, bits, 'ipv6');

/** Whether an IP address is not one of the public Internet. */
export function isPrivateAddress(address: string): boolean {
  // Two lists: one that holds both families takes an IPv4 address for the IPv6 address that stands for it.
  const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
  return PRIVATE[family].check(address, family);
}

/** Refuses an address that may not be asked: https only, http to this computer where that may be reached. */
function readAddress(address: string, reach: OutboundReach): URL {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  const isHere = reach === 'private' && isLocal(address);
  if (!url || !(url.protocol === 'https:' || (url.protocol === 'http:' && isHere)) || url.username !== '') {
    throw new OutboundFault('not an address that may be fetched');
  }
  const bare = url.hostname.replace(/^\[|\]$/g, '');
  if (reach === 'public' && isIP(bare) !== 0 && isPrivateAddress(bare)) {
    throw new OutboundFault(PRIVATE_ADDRESS);
  }
  return url;
}

/**
 * Fetches a text as UTF-8. No redirect is followed; an answer other than 200, or one that is too large or slow, is a
 * fault. Which addresses may be reached is decided when the name is looked up, so that the connection goes to the very
 * address that was looked at.
 */
export async function fetchText(address: string, options: OutboundOptions): Promise<string> {
  const { reach, timeoutMs = TIMEOUT_MS, headers = {}, mostBytes, form } = options;
  const { status, body } = await ask(readAddress(address, reach), {
    reach,
    signal: AbortSignal.timeout(timeoutMs),
    headers: {
      ...(form === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded' }),
      ...headers,
    },
    wants: (code) => code === 200,
    ...(mostBytes === undefined ? {} : { mostBytes }),
    ...(form === undefined ? {} : { method: 'POST', body: new URLSearchParams(form).toString() }),
  });
  if (status !== 200) throw new OutboundFault('the answer is not 200', status);
  return body.toString('utf8');
}

/** Fetches a JSON object in the same way; an answer that is none is a fault. */
export async function fetchJson(address: string, options: OutboundOptions): Promise<Record<string, unknown>> {
  const headers = { accept: 'application/json', ...options.headers };
  const text = await fetchText(address, { ...options, headers });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new OutboundFault('the answer is not JSON');
  }
  if (value === null || typeof value !== 'object' || Array.isArray(value)) {
    throw new OutboundFault('the answer is not an object');
  }
  return value as Record<string, unknown>;
}

/** The part of a request by `fetch` that is sent on. */
export type FetchOptions = Readonly<{
  method?: string | undefined;
  headers?: Readonly<Record<string, string>> | undefined;
  body?: unknown;
  signal?: AbortSignal | undefined;
}>;

/**
 * For libraries that bring their own requests: `fetch` within the bounds of this file. Any status is an answer, a
 * redirect too; it is not followed.
 */
export async function fetchWithin(
  reach: OutboundReach,
  address: string,
  { method = 'GET', headers = {}, body, signal }: FetchOptions,
): Promise<Response> {
  const text = body instanceof URLSearchParams ? body.toString() : (body ?? undefined);
  if (text !== undefined && typeof text !== 'string') throw new OutboundFault('a body of another kind');
  const timeout = AbortSignal.timeout(TIMEOUT_MS);
  const answer = await ask(readAddress(address, reach), {
    reach,
    method,
    headers,
    signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
    ...(text === undefined ? {} : { body: text }),
  });
  const isEmpty = [204, 205, 304].includes(answer.status);
  return new Response(isEmpty ? null : new Uint8Array(answer.body), {
    status: answer.status,
    headers: answer.headers,
  });
}

type Asked = Readonly<{
  reach: OutboundReach;
  method?: string;
  headers: Readonly<Record<string, string>>;
  body?: string;
  signal: AbortSignal;
  mostBytes?: number;
  /** What is worth reading; of anything else the body is not waited for. */
  wants?: (status: number) => boolean;
}>;
type Answered = Readonly<{ status: number; headers: Record<string, string>; body: Buffer }>;

function ask(
  url: URL,
  { reach, method = 'GET', headers, body, signal, wants, mostBytes = MOST_BYTES }: Asked,
): Promise<Answered> {
  const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
  return new Promise((done, fail) => {
    const fault = (error: unknown) =>
      fail(error instanceof OutboundFault ? error : new OutboundFault('the address cannot be reached'));
    const request = send(
      url,
      {
        // A connection of its own: one kept open might have been made under another rule.
        agent: false,
        method,
        headers: {
          ...headers,
          ...(body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) }),
        },
        signal,
        ...(reach === 'public' ? { lookup: lookUpPublic } : {}),
      },
      (response) => {
        const status = response.statusCode ?? 0;
        const said = Object.entries(response.headers).flatMap(([name, value]) =>
          value === undefined ? [] : [[name, [value].flat().join(', ')] as const],
        );
        if (wants && !wants(status)) {
          response.destroy();
          return done({ status, headers: Object.fromEntries(said), body: Buffer.alloc(0) });
        }
        const chunks: Buffer[] = [];
        let size = 0;
        response.on('data', (chunk: Buffer) => {
          size += chunk.length;
          chunks.push(chunk);
          if (size > mostBytes) response.destroy(new OutboundFault('the answer is too large'));
        });
        response.on('error', fault);
        response.on('end', () =>
          done({ status, headers: Object.fromEntries(said), body: Buffer.concat(chunks) }),
        );
      },
    );
    request.on('error', fault);
    request.end(body);
  });
}

type Found = (error: Error | null, address: string | LookupAddress[], family?: number) => void;

/** Looks a name up and refuses it when any of its addresses is a private one. */
function lookUpPublic(hostname: string, options: LookupOptions, found: Found): void {
  resolve(hostname, { ...options, all: true }, (error, addresses) => {
    const [first] = addresses ?? [];
    if (error || !first) return found(error ?? new OutboundFault('no such host'), []);
    if (addresses.some(({ address }) => isPrivateAddress(address))) {
      return found(new OutboundFault(PRIVATE_ADDRESS), []);
    }
    if (options.all) found(null, addresses);
    else found(null, first.address, first.family);
  });
}
