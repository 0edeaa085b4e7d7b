/** A whole exchange on a database of its own, driven without sockets through `inject`. */
import type { LightMyRequestResponse } from 'fastify';
import { parseConfig } from '../../apps/exchange/src/config.ts';
import { type Exchange, type ExchangeOptions, openExchange } from '../../apps/exchange/src/exchange.ts';
import { openTestDatabase, TEST_SEALING_KEYS, type TestDatabase } from './database.ts';

export type LogLine = { level: 'info' | 'error'; detail: object; message: string };

export type TestExchange = Exchange &
  Readonly<{
    database: TestDatabase;
    /** Everything the server logged. */
    logLines: LogLine[];
    /** Ends the server alone; `close` then is the database's. */
    closeServer(): Promise<void>;
    request(method: string, url: string, options?: RequestOptions): Promise<LightMyRequestResponse>;
  }>;

export type RequestOptions = {
  token?: string;
  /** Sent as JSON. */
  body?: unknown;
  /** Sent as a form. */
  form?: Record<string, string> | [name: string, value: string][];
  headers?: Record<string, string>;
  /** The address that it comes from. */
  from?: string;
};

export type ExchangeTestOptions = Pick<ExchangeOptions, 'intake'> & {
  clock?: () => Date;
  /** Settings beside those of every test. */
  env?: Record<string, string>;
  /** Another way to the database, given its owner's connection string. */
  way?: (ownerUrl: string) => Promise<string>;
};

export async function openTestExchange(options: ExchangeTestOptions = {}): Promise<TestExchange> {
  const database = await openTestDatabase();
  const logLines: LogLine[] = [];
  const config = parseConfig({ PORT: '8000', JHE_SEED: 'none', ...options.env });
  const exchange = await openExchange({
    config,
    databaseUrl: (await options.way?.(database.ownerUrl)) ?? database.ownerUrl,
    sealingKeys: TEST_SEALING_KEYS,
    ...(options.clock === undefined ? {} : { clock: options.clock }),
    ...(options.intake === undefined ? {} : { intake: options.intake }),
    log: {
      info: (detail, message) => logLines.push({ level: 'info', detail, message }),
      error: (detail, message) => logLines.push({ level: 'error', detail, message }),
    },
  });
  return {
    ...exchange,
    database,
    logLines,
    closeServer: () => exchange.close(),
    request(method, url, { token, body, form, headers = {}, from } = {}) {
      const payload = form
        ? new URLSearchParams(form).toString()
        : body === undefined
          ? undefined
          : JSON.stringify(body);
      return exchange.app.http.inject({
        method: method as 'GET',
        url,
        ...(from === undefined ? {} : { remoteAddress: from }),
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
