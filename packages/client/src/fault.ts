/**
 * Everything that can go wrong with a call, as a closed set. `message` is a sentence for people; `fields` says by the
 * field's name on the wire what is wrong with it. Status 0: no answer came at all. Contract section 3.1, errors.
 */
export type Fault = Readonly<
  { status: number; message: string } & (
    | { kind: 'unauthenticated' | 'forbidden' | 'not-found' | 'conflict' | 'unavailable' }
    | { kind: 'invalid'; fields: Readonly<Record<string, readonly string[]>> }
    | { kind: 'too-many'; retryAfterSeconds: number }
  )
>;

/** What every function of the client throws, and nothing else but the AbortError of a call that was given up. */
export class ExchangeError extends Error {
  readonly fault: Fault;
  constructor(fault: Fault) {
    super(fault.message);
    this.name = 'ExchangeError';
    this.fault = fault;
  }
}

const ADVICE = {
  unauthenticated: 'You are not signed in any more.',
  forbidden: 'You do not have permission to see this.',
  'not-found': 'This does not exist, or you may not see it.',
  conflict: 'This cannot be done as things are now.',
  unavailable: 'The exchange does not answer at the moment.',
  invalid: 'The exchange could not accept this.',
  'too-many': 'Too many requests at once.',
} as const;

/** No answer came: the network is down or the server is. */
export const unreachable: Fault = {
  kind: 'unavailable',
  status: 0,
  message: 'The exchange cannot be reached. Check the network connection.',
};

/** The fault that a reply with an error status means. Reads the four error bodies of contract section 3.1. */
export function faultOf(status: number, body: unknown, retryAfter: string | null): Fault {
  const said = sentenceOf(body);
  if (status === 401) return { kind: 'unauthenticated', status, message: said ?? ADVICE.unauthenticated };
  if (status === 403) return { kind: 'forbidden', status, message: said ?? ADVICE.forbidden };
  if (status === 404 || status === 410) {
    return { kind: 'not-found', status, message: said ?? ADVICE['not-found'] };
  }
  if (status === 409) return { kind: 'conflict', status, message: said ?? ADVICE.conflict };
  if (status === 429) {
    const retryAfterSeconds = Number(retryAfter) || 60;
    return { kind: 'too-many', status, message: said ?? ADVICE['too-many'], retryAfterSeconds };
  }
  if (status >= 400 && status < 500) {
    return { kind: 'invalid', status, message: said ?? ADVICE.invalid, fields: fieldsOf(body) };
  }
  // What a failing server says is not for people to read.
  return { kind: 'unavailable', status, message: ADVICE.unavailable };
}

function sentenceOf(body: unknown): string | undefined {
  if (Array.isArray(body)) return typeof body[0] === 'string' ? body.join(' ') : undefined;
  if (typeof body !== 'object' || body === null) return undefined;
  const { detail, error } = body as { detail?: unknown; error?: unknown };
  return typeof detail === 'string' ? detail : typeof error === 'string' ? error : undefined;
}

function fieldsOf(body: unknown): Record<string, string[]> {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return {};
  return Object.fromEntries(
    Object.entries(body)
      .filter((entry): entry is [string, unknown[]] => Array.isArray(entry[1]))
      .map(([field, messages]) => [field, messages.map(String)]),
  );
}
