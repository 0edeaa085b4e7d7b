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
  /** Null: mail is kept in the database and not sent. */
  smtp: Readonly<{ host: string; port: number; user: string | null; password: string | null }> | null;
  mailFrom: string;
  logLevel: 'silent' | 'error' | 'warn' | 'info' | 'debug';
}>;

/** Reads the settings from an environment. All faults are reported together, each naming its setting. */
export function parseConfig(environment: Record<string, string | undefined>): Config {
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
  const parsed = configSchema.safeParse(given);
  if (!parsed.success) {
    const faults = parsed.error.issues.map((issue) => `  ${issue.path.join('.')}: ${issue.message}`);
    throw new Error(`These settings cannot be used:\n${faults.join('\n')}`);
  }
  const settings = parsed.data;
  return Object.freeze({
    port: settings.PORT,
    host: settings.HOST || 'localhost',
    siteUrl: settings.SITE_URL ? new URL(settings.SITE_URL).origin : `http://localhost:${settings.PORT}`,
    databaseUrl: settings.DATABASE_URL ?? null,
    dataDir: settings.JHE_DATA_DIR ? resolve(settings.JHE_DATA_DIR) : DEFAULT_DATA_DIR,
    seed: settings.JHE_SEED,
    poolSize: settings.JHE_POOL_SIZE,
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
    logLevel: settings.LOG_LEVEL,
  });
}
