/** The way to a PostgreSQL, which a test may cut or block: a database that is away, and one that does not answer. */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export type DatabaseProxy = Readonly<{
  /** The same database by way of the proxy. */
  url: string;
  /** Breaks every connection and takes no new one. */
  cut(): Promise<void>;
  /** Passes nothing on any more, and does not say so. */
  block(): void;
  /** Takes connections again and passes everything on. */
  heal(): Promise<void>;
  close(): Promise<void>;
}>;

/** `url` as tests get it: with the directory of a unix socket or a host name. */
export async function openDatabaseProxy(url: string): Promise<DatabaseProxy> {
  const target = new URL(url);
  const host = target.searchParams.get('host') ?? target.hostname;
  const port = Number(target.searchParams.get('port') ?? (target.port || 5432));
  const sockets = new Set<Socket>();
  let isBlocked = false;

  const server = createServer((client) => {
    const upstream = host.startsWith('/') ? connect(`${host}/.s.PGSQL.${port}`) : connect(port, host);
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(from);
      from.on('data', (chunk) => {
        if (!isBlocked) to.write(chunk);
      });
      from.on('error', () => {});
      from.on('close', () => {
        sockets.delete(from);
        if (!isBlocked) to.destroy();
      });
    }
  });
  const listen = async (at: number) => {
    server.listen(at, '127.0.0.1');
    await once(server, 'listening');
  };
  await listen(0);
  const proxied = new URL(url);
  proxied.hostname = '127.0.0.1';
  proxied.port = String((server.address() as AddressInfo).port);
  for (const name of ['host', 'port']) proxied.searchParams.delete(name);

  const cut = async () => {
    const closed = once(server, 'close');
    server.close();
    for (const socket of sockets) socket.destroy();
    await closed;
  };
  return {
    url: proxied.toString(),
    cut,
    block() {
      isBlocked = true;
    },
    async heal() {
      isBlocked = false;
      if (!server.listening) return listen(Number(proxied.port));
      // What was kept back is lost: those connections are of no use any more.
      for (const socket of sockets) socket.destroy();
    },
    async close() {
      if (server.listening) await cut();
    },
  };
}
