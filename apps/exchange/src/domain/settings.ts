/** The settings that are changed while the server runs (table `setting`): what each is for, and what may stand in it. */
import { z } from 'zod';

export type Setting<Check extends z.ZodType = z.ZodType> = Readonly<{
  /** What counts while nothing is set. */
  default: z.input<Check>;
  description: string;
  /** What may be set, and what is read of it. */
  check: Check;
  /** What still counts though it could not be set today. */
  kept?: z.ZodType<z.output<Check>>;
}>;

const setting = <Check extends z.ZodType>(one: Setting<Check>): Setting<Check> => one;

const text = z.string().max(10_000);
const texts = z.array(z.string().min(1).max(500)).max(200);
const issuers = z.array(z.url({ protocol: /^https?$/ })).max(100);
/** The contract knows this one as a number; all spellings are in the field. */
const onOff = z
  .union([z.boolean(), z.literal([0, 1, '0', '1', 'false', 'true'])])
  .transform((value) => [true, 1, '1', 'true'].includes(value));
const memberships = text.regex(
  /^\s*(\d+:(manager|member|viewer|m|v)\s*(;\s*|$))*$/,
  'as in 20001:member;20002:viewer',
);

/**
 * Keys that the server reads, each by somebody (tests/architecture/settings.test.ts). Others may be set as well: extensions
 * keep theirs here.
 */
export const SETTINGS = {
  'site.registration_invite_code': setting({
    default: '',
    description: 'The code with which practitioners sign up by themselves; empty: nobody can.',
    check: text,
  }),
  'organization.self_service_top_level': setting({
    default: false,
    description: 'Whether any practitioner may create a top-level organization.',
    check: z.boolean(),
  }),
  'auth.default_orgs': setting({
    default: '',
    description: 'Where new practitioners become members, as in 20001:member;20002:viewer.',
    check: memberships,
    // Whoever signs up looks at each of them.
    kept: text,
  }),
  'auth.sso.saml2': setting({ default: 0, description: 'Whether SAML sign-in is offered.', check: onOff }),
  'auth.sso.valid_domains': setting({
    default: '',
    description:
      'E-mail domains, separated by commas, whose people may sign in with SAML the first time; empty: any.',
    check: text,
  }),
  'auth.patient.invitation_expiration_days': setting({
    default: 7,
    description: 'Days in which an invitation must be opened.',
    check: z.number().min(0).max(365),
  }),
  'auth.patient.invitation_redemption_window_hours': setting({
    default: 12,
    description: 'Hours in which an invitation that was opened may be opened again.',
    check: z.number().min(0).max(720),
  }),
  'auth.patient.invitation_email_only': setting({
    default: false,
    description: 'Whether every invitation is sent to the patient and its link shown to nobody else.',
    check: z.boolean(),
  }),
  'auth.patient.invitation_ask_birth_date': setting({
    default: false,
    description: 'Whether the birth date is needed to open an invitation.',
    check: z.boolean(),
  }),
  'auth.patient_access_clients': setting({
    default: [],
    description: 'The client ids of apps that patients sign in to with a code sent by e-mail.',
    check: texts,
  }),
  'auth.sof.trusted_issuers': setting({
    default: [],
    description: 'Issuers whose tokens can be exchanged for ours.',
    check: issuers,
  }),
  'auth.sof.trusted_audience': setting({
    default: '',
    description: 'The client id that those tokens must be made for.',
    check: text,
  }),
  'auth.sof.unauthenticated_issuers': setting({
    default: [],
    description:
      'Those of them whose tokens can be exchanged by callers that do not say which client they are.',
    check: issuers,
  }),
} as const;

export type SettingKey = keyof typeof SETTINGS;
export type SettingValue<Key extends SettingKey> = z.output<(typeof SETTINGS)[Key]['check']>;

/** What is known of a key; undefined for keys of extensions. */
export const findSetting = (key: string): Setting | undefined =>
  Object.hasOwn(SETTINGS, key) ? (SETTINGS as Readonly<Record<string, Setting>>)[key] : undefined;

/** What counts for a key, given what is kept for it. What cannot be used counts as not set. */
export function settingOf<Key extends SettingKey>(key: Key, kept: unknown): SettingValue<Key> {
  const one = findSetting(key)!;
  const parsed = (one.kept ?? one.check).safeParse(kept);
  return (parsed.success ? parsed.data : one.check.parse(one.default)) as SettingValue<Key>;
}

/** Names of settings that nobody may read once they are set. */
const SECRET_NAME = /(^|[._])(secret|password|api_key|access_key|token|private_key)([._]|$)/;

/** Whether the value of a setting is to be hidden. */
export const isSecretSetting = (key: string): boolean => SECRET_NAME.test(key);

/**
 * What whoever writes to the table of settings must not decide: by whom mail is sent and where its links lead, which
 * database that is, and what seals and signs in it. By the names that such settings would have.
 */
const OF_THE_ENVIRONMENT: readonly (readonly [name: RegExp, environment: string])[] = [
  [/(^|\.)(smtp|mail|email)([._]|$)/, 'SMTP_HOST, its sisters and MAIL_FROM'],
  [/(^|[._])site[._](url|address|origin|host|domain)$|^(base|public)[._]url$/, 'SITE_URL'],
  [/(^|[._])(sealing|signing|encryption|private|cookie)[._]?keys?([._]|$)/, 'JHE_SEALING_KEY and `jhe keys`'],
  [/^(database|db)([._]|$)/, 'DATABASE_URL'],
];

/** Where a setting that cannot be kept here comes from instead: from the environment of the server. */
export const findEnvironmentOf = (key: string): string | undefined =>
  OF_THE_ENVIRONMENT.find(([name]) => name.test(key))?.[1];

/** What is wrong with a value for a key; undefined when nothing is. */
export function findSettingFault(key: string, value: unknown): string | undefined {
  if (!/^[a-z0-9_]+(\.[a-z0-9_]+)*$/.test(key)) return 'a key is made of small letters, digits, _ and dots';
  const environment = findEnvironmentOf(key);
  if (environment !== undefined) return `comes from the environment of the server only (${environment})`;
  const checked = findSetting(key)?.check.safeParse(value);
  return checked === undefined || checked.success ? undefined : checked.error.issues[0]?.message;
}
