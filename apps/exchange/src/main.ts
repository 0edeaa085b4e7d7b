/** The server process: reads the environment, opens sockets, drains on SIGINT or SIGTERM. */
import './node-line.ts';
import pino from 'pino';
import { findSealingKeys } from './access/sealing-keys.ts';
import { type Config, isOnThisComputer, parseConfig } from './config.ts';
import { alone } from './database/alone.ts';
import { openDatabase } from './database/open-database.ts';
import { DEMO_LOGINS, DEMO_PASSWORD, refuseDemoWorld, seedDemo } from './demo/seed.ts';
import { type Exchange, openExchange } from './exchange.ts';

let isUp = false;
const say = (line = '') => process.stdout.write(`${line}\n`);

try {
  await main();
} catch (error) {
  // A start that fails says why in a sentence; a stack helps only with our own mistakes, at LOG_LEVEL=debug.
  const { message, stack } = error as Error;
  process.stderr.write(
    `JupyterHealth Exchange ${isUp ? 'ends' : 'could not start'}: ${process.env.LOG_LEVEL === 'debug' ? stack : message}\n`,
  );
  process.exitCode = 1;
}

async function main(): Promise<void> {
  const config = parseConfig(process.env);
  const log = pino({ level: config.logLevel }, pino.destination({ dest: 2, sync: false }));
  const database = await openDatabase(config, (line) => say(line));
  try {
    const exchange = await openExchange({
      config,
      databaseUrl: database.url,
      sealingKeys: findSealingKeys(config),
      log,
    });
    try {
      if (config.seed === 'demo')
        await alone(database.url, 'seed', () =>
          seedDemo(exchange, { siteUrl: config.siteUrl, today: new Date(), say }),
        );
      else if (!isOnThisComputer(config)) await refuseDemoWorld(exchange.system);
      // Before the first request can be answered, so that whoever sees the server up can also stop it properly.
      const asked = stopRequested();
      await listen(exchange.app.http, config);
      exchange.jobs.start();
      isUp = true;
      announce(config.siteUrl, config.seed === 'demo');
      const failed = database.failed.then((reason) => {
        throw reason;
      });
      const signal = await Promise.race([asked, failed]);
      say(`\n${signal}: finishing what is under way ...`);
    } finally {
      await exchange.close();
    }
  } finally {
    await database.close();
  }
  say('Stopped.');
}

async function listen(http: Exchange['app']['http'], { port, host }: Config): Promise<void> {
  try {
    await http.listen({ port, host });
  } catch (error) {
    if ((error as { code?: string }).code !== 'EADDRINUSE') throw error;
    throw new Error(`port ${port} is taken by another program; set PORT to another one.`);
  }
}

function announce(siteUrl: string, demo: boolean): void {
  say(`\nJupyterHealth Exchange is at ${siteUrl}\n`);
  if (!demo) return;
  say(`Demo logins (password ${DEMO_PASSWORD}):`);
  for (const { email, role } of DEMO_LOGINS) say(`  ${email.padEnd(32)} ${role}`);
  say(
    '\nThe demo world is for trying out: its passwords are public. For anything else, begin with an empty database.',
  );
  say('Ctrl-C stops the server.\n');
}

/** The first of the two signals that ask for an end; a second one is left to end the process at once. */
function stopRequested(): Promise<string> {
  return new Promise((resolve) => {
    const signals = ['SIGINT', 'SIGTERM'] as const;
    const stop = (signal: NodeJS.Signals) => {
      for (const other of signals) process.off(other, stop);
      resolve(signal);
    };
    for (const signal of signals) process.on(signal, stop);
  });
}
