import { isIP } from 'node:net';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';

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
  HOST: z.string().default('').describe('The address to listen on; empty means localhost only.'),
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
  JHE_SEED: z
    .enum(['demo', 'none'])
    .default('demo')
    .describe(
      'demo: fill an empty database once with the demo world, whose passwords are public. none: leave it empty.',
    ),
  JHE_POOL_SIZE: z.coerce
    .number()
    .int()
    .min(2)
    .max(200)
    .default(10)
    .describe('Database connections of the server.'),
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
      'The mail server to send through. Without it mail is kept, and on localhost shown at /accounts/outbox/.',
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
  seed: 'demo' | 'none';
  poolSize: number;
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

/** Reads the settings from an environment. All faults are reported together, each naming its setting. */
export function parseConfig(environment: Record<string, string | undefined>): Config {
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
  const parsed = configSchema.safeParse(given);
  if (!parsed.success) {
    const faults = parsed.error.issues.map((issue) => `  ${issue.path.join('.')}: ${issue.message}`);
    throw new Error(`These settings cannot be used:\n${faults.join('\n')}`);
  }
  const settings = parsed.data;
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
    host: settings.HOST || 'localhost',
    siteUrl: settings.SITE_URL ? new URL(settings.SITE_URL).origin : `http://localhost:${settings.PORT}`,
    databaseUrl: settings.DATABASE_URL ?? null,
    dataDir: settings.JHE_DATA_DIR ? resolve(settings.JHE_DATA_DIR) : DEFAULT_DATA_DIR,
    seed: settings.JHE_SEED,
    poolSize: settings.JHE_POOL_SIZE,
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

const LOCAL_HOSTS = new Set(['localhost', '127.0.0.1', '[::1]']);

/**
 * Whether mail is shown at /accounts/outbox/: nothing sends it, and the exchange's own address is this computer.
 * Anywhere else the page would hand everybody's sign-in links to whoever asks.
 */
export const hasOutbox = ({ smtp, siteUrl }: Pick<Config, 'smtp' | 'siteUrl'>): boolean =>
  smtp === null && isThisComputer(siteUrl);

/** Whether an address leads to the computer that it is opened on. */
export const isThisComputer = (url: string): boolean =>
  URL.canParse(url) && LOCAL_HOSTS.has(new URL(url).hostname);
