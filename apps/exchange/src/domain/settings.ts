/** The settings that are changed while the server runs (table `setting`): what each is for, and what may stand in it. */
import { z } from 'zod';

export type Setting = Readonly<{
  /** What counts while nothing is set. */
  default: unknown;
  description: string;
  check: z.ZodType;
  /** Never shown once it is set. */
  secret?: boolean;
}>;

const text = z.string().max(10_000);
const texts = z.array(z.string().min(1).max(500)).max(200);
const issuers = z.array(z.url({ protocol: /^https?$/ })).max(100);
/** The contract knows this one as a number; both spellings are in the field. */
const onOff = z.union([z.boolean(), z.literal([0, 1])]);
const address = z.union([z.literal(''), z.url({ protocol: /^https?$/ })]);
const memberships = text.regex(
  /^\s*(\d+:(manager|member|viewer|m|v)\s*(;\s*|$))*$/,
  'as in 20001:member;20002:viewer',
);

/** Keys that the server reads. Others may be set as well: extensions keep theirs here. */
export const SETTINGS: Readonly<Record<string, Setting>> = {
  'site.ui.title': {
    default: 'JupyterHealth Exchange',
    description: 'The title of the pages.',
    check: text.min(1),
  },
  'site.time_zone': {
    default: 'UTC',
    description: 'The time zone in which times are shown.',
    check: text.min(1),
  },
  'site.registration_invite_code': {
    default: '',
    description: 'The code with which practitioners sign up by themselves; empty: nobody can.',
    check: text,
  },
  'organization.self_service_top_level': {
    default: false,
    description: 'Whether any practitioner may create a top-level organization.',
    check: z.boolean(),
  },
  'auth.default_orgs': {
    default: '',
    description: 'Where new practitioners become members, as in 20001:member;20002:viewer.',
    check: memberships,
  },
  'auth.sso.saml2': { default: 0, description: 'Whether SAML sign-in is offered.', check: onOff },
  'auth.sso.valid_domains': {
    default: '',
    description:
      'E-mail domains, separated by commas, whose people may sign in with SAML the first time; empty: any.',
    check: text,
  },
  'auth.patient.invitation_expiration_days': {
    default: 7,
    description: 'Days in which an invitation must be opened.',
    check: z.number().min(0).max(365),
  },
  'auth.patient.invitation_redemption_window_hours': {
    default: 12,
    description: 'Hours in which an invitation that was opened may be opened again.',
    check: z.number().min(0).max(720),
  },
  'auth.patient.invitation_email_only': {
    default: false,
    description: 'Whether every invitation is sent to the patient and its link shown to nobody else.',
    check: z.boolean(),
  },
  'auth.patient.invitation_ask_birth_date': {
    default: false,
    description: 'Whether the birth date is needed to open an invitation.',
    check: z.boolean(),
  },
  'auth.patient_access_clients': {
    default: [],
    description: 'The client ids of apps that patients sign in to with a code sent by e-mail.',
    check: texts,
  },
  'auth.sof.trusted_issuers': {
    default: [],
    description: 'Issuers whose tokens can be exchanged for ours.',
    check: issuers,
  },
  'auth.sof.trusted_audience': {
    default: '',
    description: 'The client id that those tokens must be made for.',
    check: text,
  },
  'auth.sof.unauthenticated_issuers': {
    default: [],
    description:
      'Those of them whose tokens can be exchanged by callers that do not say which client they are.',
    check: issuers,
  },
  'module.ow': { default: false, description: 'Whether wearables are connected.', check: z.boolean() },
  'ow.api_url': { default: '', description: 'Where the service for wearables is.', check: address },
  'ow.api_key': { default: '', description: 'The key of that service.', check: text, secret: true },
  'ow.ingest_mode': {
    default: 'normalized',
    description: 'What is taken from it: normalized or raw.',
    check: z.enum(['normalized', 'raw']),
  },
  'ow.s3.endpoint_url': { default: '', description: 'Where raw payloads are stored.', check: address },
  'ow.s3.access_key_id': {
    default: '',
    description: 'The name of the key to them.',
    check: text,
    secret: true,
  },
  'ow.s3.secret_access_key': { default: '', description: 'The key to them.', check: text, secret: true },
  'ow.s3.bucket_name': { default: '', description: 'The bucket they are in.', check: text },
  'ow.s3.key_prefix': {
    default: 'raw-payloads/oura/api_response',
    description: 'What their names begin with.',
    check: text,
  },
};

/** Names of settings that nobody may read once they are set, known here or not. */
const SECRET_NAME = /(^|[._])(secret|password|api_key|token|private_key)([._]|$)/;

/** Whether the value of a setting is to be hidden. */
export const isSecretSetting = (key: string): boolean =>
  SETTINGS[key]?.secret === true || SECRET_NAME.test(key);

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
  const checked = SETTINGS[key]?.check.safeParse(value);
  return checked === undefined || checked.success ? undefined : checked.error.issues[0]?.message;
}
