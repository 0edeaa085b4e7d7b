import { isIP } from 'node:net';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { isLoopbackHost } from './domain/loopback.ts';

const DEFAULT_DATA_DIR = fileURLToPath(new URL('../../../.data', import.meta.url));

/** One schema, one sentence per setting. The reference page is generated from it. */
export const configSchema = z.object({
  PORT: z.coerce
    .number()
    .int()
    .min(0)
    .max(65535)
    .default(8000)
    .describe('The port to listen on; 0 takes any free one.'),
  HOST: z
    .string()
    .default('')
    .describe(
      'The address to listen on; empty means localhost only. Any other than this computer itself needs SITE_URL.',
    ),
  SITE_URL: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe(
      'The public origin, as in https://exchange.example.org; links and tokens are made from it. Default: http://localhost:PORT.',
    ),
  DATABASE_URL: z
    .string()
    .regex(/^postgres(ql)?:\/\//, 'must begin with postgresql://')
    .optional()
    .describe('An owner connection to any PostgreSQL of version 15 or newer. Default: the embedded one.'),
  JHE_DATA_DIR: z
    .string()
    .min(1)
    .optional()
    .describe('Where the embedded database keeps its files. Default: .data in the checkout.'),
  JHE_SEALING_KEY: z
    .string()
    .optional()
    .refine(
      (list) => list === undefined || readSealingKeys(list) !== null,
      'must be 32 bytes in base64 (openssl rand -base64 32), or several such keys with commas between them',
    )
    .describe(
      'Seals the secrets that are kept in the database: 32 bytes in base64. Of several, separated by commas, the first seals and all open. Default: for the embedded database a file beside it, for another one none, and then its secrets are not sealed.',
    ),
  JHE_SEED: z
    .enum(['demo', 'none'])
    .optional()
    .describe(
      'demo: fill an empty database once with the demo world, whose passwords are public. none: leave it empty. Default: demo for the embedded database on localhost, else none.',
    ),
  JHE_POOL_SIZE: z.coerce
    .number()
    .int()
    .min(2)
    .max(200)
    .default(10)
    .describe(
      'Database connections of the server. The last two are kept for what matters most: signing in, and withdrawing consent.',
    ),
  JHE_STATEMENT_SECONDS: z.coerce
    .number()
    .int()
    .min(1)
    .max(3600)
    .default(20)
    .describe('How long one statement of the server may take in the database before it is given up.'),
  JHE_DRAIN_SECONDS: z.coerce
    .number()
    .int()
    .min(0)
    .max(3600)
    .default(20)
    .describe('How long requests under way may go on when the server is asked to stop.'),
  TRUSTED_PROXIES: z
    .string()
    .optional()
    .refine(
      (list) => list === undefined || readProxies(list) !== null,
      'must be addresses or networks, as in 10.0.0.1,10.1.0.0/16',
    )
    .describe(
      "Addresses or networks of reverse proxies, separated by commas; what they say of the caller's address is believed.",
    ),
  SMTP_HOST: z
    .string()
    .optional()
    .describe(
      'The mail server to send through. Without it mail is kept, and on localhost shown at /accounts/outbox/ to whoever sits at this computer.',
    ),
  SMTP_PORT: z.coerce.number().int().min(1).max(65535).default(587).describe('The port of the mail server.'),
  SMTP_USER: z.string().optional().describe('The user name at the mail server, if it asks for one.'),
  SMTP_PASSWORD: z.string().optional().describe('The password at the mail server.'),
  MAIL_FROM: z
    .string()
    .min(3)
    .default('JupyterHealth Exchange <no-reply@localhost>')
    .describe('The sender of mail, as in Name <address@example.org>.'),
  SOF_EHR_LAUNCH_CLIENT_ID: z
    .string()
    .regex(/^[\x21-\x39\x3b-\x7e]{3,255}$/, 'must be 3 to 255 printable characters without spaces and colons')
    .optional()
    .describe(
      "The client_id with which apps launched from an EHR exchange the EHR's token for one of ours. Without it there is no such client.",
    ),
  SOF_EHR_LAUNCH_CLIENT_SECRET: z
    .string()
    .min(16)
    .optional()
    .describe('The secret of that client; only a hash of it is stored.'),
  LOG_LEVEL: z
    .enum(['silent', 'error', 'warn', 'info', 'debug'])
    .default('warn')
    .describe('How much is logged.'),
});

export type Config = Readonly<{
  port: number;
  host: string;
  /** Origin without a trailing slash. */
  siteUrl: string;
  databaseUrl: string | null;
  dataDir: string;
  /** Keys of 32 bytes that seal secrets, the first of them what is written now; empty: none was given. */
  sealingKeys: readonly Buffer[];
  /** Whether an empty database is filled with the demo world. */
  seed: 'demo' | 'none';
  poolSize: number;
  statementMs: number;
  drainMs: number;
  /** Proxies whose word about the caller's address is taken; empty: nobody's. */
  trustedProxies: readonly string[];
  /** Null: mail is kept in the database and not sent. */
  smtp: Readonly<{ host: string; port: number; user: string | null; password: string | null }> | null;
  mailFrom: string;
  /** The client that exchanges tokens of an EHR for ours; null: none is made. */
  ehrLaunchClient: Readonly<{ clientId: string; secret: string }> | null;
  logLevel: 'silent' | 'error' | 'warn' | 'info' | 'debug';
}>;

/** Addresses and networks of a list; null when one of them is neither. */
function readProxies(list: string): string[] | null {
  const entries = list.split(',').map((entry) => entry.trim());
  const isNetwork = (entry: string) => {
    const [address = '', bits] = entry.split('/');
    const longest = { 0: -1, 4: 32, 6: 128 }[isIP(address)] ?? -1;
    return longest > 0 && (bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= longest));
  };
  return entries.every(isNetwork) ? entries : null;
}

/** Keys of a list, each 32 bytes in base64 or base64url; null when one of them is not. */
function readSealingKeys(list: string): Buffer[] | null {
  const entries = list.split(',').map((entry) => entry.trim());
  const isKey = (entry: string) => /^[A-Za-z0-9+/_-]{43}=?$/.test(entry);
  return entries.every(isKey) ? entries.map((entry) => Buffer.from(entry, 'base64')) : null;
}

/** Reads the settings from an environment. All faults are reported together, each naming its setting. */
export function parseConfig(environment: Record<string, string | undefined>): Config {
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
  const parsed = configSchema.safeParse(given);
  if (!parsed.success) {
    const faults = parsed.error.issues.map((issue) => `  ${issue.path.join('.')}: ${issue.message}`);
    throw new Error(`These settings cannot be used:\n${faults.join('\n')}`);
  }
  const settings = parsed.data;
  if (!isLoopbackHost(settings.HOST || 'localhost') && settings.SITE_URL === undefined) {
    throw new Error(
      'These settings cannot be used:\n  SITE_URL: needed together with HOST, which is open to other computers: the address that people open',
    );
  }
  const host = settings.HOST || 'localhost';
  const siteUrl = settings.SITE_URL ? new URL(settings.SITE_URL).origin : `http://localhost:${settings.PORT}`;
  const isTrial = settings.DATABASE_URL === undefined && isOnThisComputer({ host, siteUrl });
  if (
    (settings.SOF_EHR_LAUNCH_CLIENT_ID === undefined) !==
    (settings.SOF_EHR_LAUNCH_CLIENT_SECRET === undefined)
  ) {
    throw new Error(
      'These settings cannot be used:\n  SOF_EHR_LAUNCH_CLIENT_SECRET: needed together with SOF_EHR_LAUNCH_CLIENT_ID',
    );
  }
  return Object.freeze({
    port: settings.PORT,
    host,
    siteUrl,
    databaseUrl: settings.DATABASE_URL ?? null,
    dataDir: settings.JHE_DATA_DIR ? resolve(settings.JHE_DATA_DIR) : DEFAULT_DATA_DIR,
    sealingKeys:
      settings.JHE_SEALING_KEY === undefined ? [] : (readSealingKeys(settings.JHE_SEALING_KEY) ?? []),
    seed: settings.JHE_SEED ?? (isTrial ? 'demo' : 'none'),
    poolSize: settings.JHE_POOL_SIZE,
    statementMs: settings.JHE_STATEMENT_SECONDS * 1000,
    drainMs: settings.JHE_DRAIN_SECONDS * 1000,
    trustedProxies:
      settings.TRUSTED_PROXIES === undefined ? [] : (readProxies(settings.TRUSTED_PROXIES) ?? []),
    smtp:
      settings.SMTP_HOST === undefined
        ? null
        : {
            host: settings.SMTP_HOST,
            port: settings.SMTP_PORT,
            user: settings.SMTP_USER ?? null,
            password: settings.SMTP_PASSWORD ?? null,
          },
    mailFrom: settings.MAIL_FROM,
    ehrLaunchClient:
      settings.SOF_EHR_LAUNCH_CLIENT_ID === undefined || settings.SOF_EHR_LAUNCH_CLIENT_SECRET === undefined
        ? null
        : {
            clientId: settings.SOF_EHR_LAUNCH_CLIENT_ID,
            secret: settings.SOF_EHR_LAUNCH_CLIENT_SECRET,
          },
    logLevel: settings.LOG_LEVEL,
  });
}

/** Whether the exchange is heard on this computer only, and is known by an address of it. */
export const isOnThisComputer = ({ host, siteUrl }: Pick<Config, 'host' | 'siteUrl'>): boolean =>
  isLoopbackHost(host) && isThisComputer(siteUrl);

/**
 * Whether mail is shown at /accounts/outbox/: nothing sends it, and nobody but this computer can ask. Anywhere else the
 * page would hand everybody's sign-in links to whoever asks; behind a proxy everybody's requests come from here.
 */
export const hasOutbox = (config: Pick<Config, 'smtp' | 'siteUrl' | 'host' | 'trustedProxies'>): boolean =>
  config.smtp === null && isOnThisComputer(config) && config.trustedProxies.length === 0;

/** Whether an address leads to the computer that it is opened on. */
export const isThisComputer = (url: string): boolean =>
  URL.canParse(url) && isLoopbackHost(new URL(url).hostname);
