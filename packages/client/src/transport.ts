import { ExchangeError, faultOf, unreachable } from './fault.ts';

export type TransportOptions = Readonly<{
  /** Scheme, host and port of the exchange, without a trailing slash. */
  origin: string;
  /** The access token to send now, renewed if need be; null when nobody is signed in. */
  getToken(): Promise<string | null>;
  /** The browser's or Node's own when not given. */
  fetch?: typeof fetch;
}>;

/** Query parameters; those that are undefined or empty are left out. */
export type Query = Readonly<Record<string, string | number | undefined>>;

export type Transport = Readonly<{
  get<Body>(path: string, query?: Query, signal?: AbortSignal): Promise<Body>;
  post<Body>(path: string, body: object, signal?: AbortSignal): Promise<Body>;
}>;

/**
 * Gets and posts JSON with a bearer token. Rejects with an ExchangeError. The shape of a good reply is the server's
 * promise, which its contract tests hold; it is not checked again here.
 */
export function createTransport({ origin, getToken, fetch: send = fetch }: TransportOptions): Transport {
  const call = async <Body>(url: URL, sent?: object, signal?: AbortSignal): Promise<Body> => {
    const token = await getToken();
    if (token === null) throw new ExchangeError(faultOf(401, null, null));
    const response = await send(url, {
      ...(sent === undefined ? {} : { method: 'POST', body: JSON.stringify(sent) }),
      headers: {
        accept: 'application/json',
        authorization: `Bearer ${token}`,
        ...(sent === undefined ? {} : { 'content-type': 'application/json' }),
      },
      cache: 'no-store',
      credentials: 'omit',
      ...(signal === undefined ? {} : { signal }),
    }).catch((error: unknown) => {
      if (signal?.aborted) throw error;
      throw new ExchangeError(unreachable);
    });
    const body: unknown = await response.json().catch(() => undefined);
    if (response.ok && body !== undefined) return body as Body;
    throw new ExchangeError(
      faultOf(response.ok ? 502 : response.status, body, response.headers.get('retry-after')),
    );
  };
  return {
    get(path, query = {}, signal) {
      const url = new URL(path, origin);
      for (const [name, value] of Object.entries(query)) {
        if (value !== undefined && value !== '') url.searchParams.set(name, String(value));
      }
      return call(url, undefined, signal);
    },
    post: (path, body, signal) => call(new URL(path, origin), body, signal),
  };
}
