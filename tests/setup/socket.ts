/** HTTP by hand: what no client library sends, over a socket of its own. */
import { once } from 'node:events';
import { type AddressInfo, connect, type Socket } from 'node:net';
import type { TestExchange } from './exchange.ts';

/** Lets the exchange listen on a free port of this computer; it is closed with the exchange. */
export async function listen({ app }: Pick<TestExchange, 'app'>): Promise<number> {
  await app.http.listen({ port: 0, host: '127.0.0.1' });
  return (app.http.server.address() as AddressInfo).port;
}

export type Line = Readonly<{
  socket: Socket;
  /** Everything received so far. */
  text(): string;
  /** Sends as it is; whether the other side still takes it. */
  send(text: string | Buffer): boolean;
  /**
   * The status of the next answer, and everything received with it; 0 when the connection ended without one. Waits as
   * long as it takes: a test that waits for ever fails by its own time limit.
   */
  answer(): Promise<{ status: number; head: string }>;
  /** Resolves when the other side has hung up. */
  ended: Promise<void>;
}>;

export async function openLine(port: number): Promise<Line> {
  const socket = connect(port, '127.0.0.1');
  let received = '';
  socket.setEncoding('latin1').on('data', (text: string) => {
    received += text;
  });
  // Being cut off is what these tests are about.
  socket.on('error', () => {});
  const ended = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  await once(socket, 'connect');
  return {
    socket,
    ended,
    text: () => received,
    send: (text) => !socket.destroyed && socket.write(text),
    async answer() {
      while (!/\r\n\r\n/.test(received) && !socket.destroyed) {
        await Promise.race([once(socket, 'data').catch(() => {}), ended]);
      }
      const [head = ''] = received.split('\r\n\r\n');
      return { status: Number(/^HTTP\/1\.1 (\d{3})/.exec(head)?.[1] ?? 0), head };
    },
  };
}

export type Head = Readonly<{
  method?: string;
  path: string;
  token?: string;
  headers?: Readonly<Record<string, string | number>>;
}>;

/** The head of a request with a JSON body. */
export function head({ method = 'POST', path, token, headers = {} }: Head): string {
  const lines = {
    host: 'localhost',
    'content-type': 'application/json',
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    ...headers,
  };
  return `${method} ${path} HTTP/1.1\r\n${Object.entries(lines)
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join('')}\r\n`;
}
