/** A whole exchange on a database of its own, driven without sockets through `inject`. */
import type { LightMyRequestResponse } from 'fastify';
import { parseConfig } from '../../apps/exchange/src/config.ts';
import { type Exchange, openExchange } from '../../apps/exchange/src/exchange.ts';
import { openTestDatabase, type TestDatabase } from './database.ts';

export type LogLine = { level: 'info' | 'error'; detail: object; message: string };

export type TestExchange = Exchange &
  Readonly<{
    database: TestDatabase;
    /** Everything the server logged. */
    logLines: LogLine[];
    request(method: string, url: string, options?: RequestOptions): Promise<LightMyRequestResponse>;
  }>;

export type RequestOptions = {
  token?: string;
  /** Sent as JSON. */
  body?: unknown;
  /** Sent as a form. */
  form?: Record<string, string>;
  headers?: Record<string, string>;
};

export async function openTestExchange(options: { clock?: () => Date } = {}): Promise<TestExchange> {
  const database = await openTestDatabase();
  const logLines: LogLine[] = [];
  const config = parseConfig({ PORT: '8000', JHE_SEED: 'none' });
  const exchange = await openExchange({
    config,
    databaseUrl: database.ownerUrl,
    ...(options.clock === undefined ? {} : { clock: options.clock }),
    log: {
      info: (detail, message) => logLines.push({ level: 'info', detail, message }),
      error: (detail, message) => logLines.push({ level: 'error', detail, message }),
    },
  });
  return {
    ...exchange,
    database,
    logLines,
    request(method, url, { token, body, form, headers = {} } = {}) {
      const payload = form
        ? new URLSearchParams(form).toString()
        : body === undefined
          ? undefined
          : JSON.stringify(body);
      return exchange.app.http.inject({
        method: method as 'GET',
        url,
        headers: {
          ...(token ? { authorization: `Bearer ${token}` } : {}),
          ...(payload === undefined
            ? {}
            : { 'content-type': form ? 'application/x-www-form-urlencoded' : 'application/json' }),
          ...headers,
        },
        ...(payload === undefined ? {} : { payload }),
      });
    },
    async close() {
      await exchange.close();
      await database.close();
    },
  };
}
