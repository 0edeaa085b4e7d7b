/**
 * Secrets that must be had again (private keys, what authenticator apps share with us, what institutions gave us) are
 * kept sealed: AES-256-GCM under a key that is not in the database. A copy of the database alone opens none of them.
 */
import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import type { Sql } from '../database/sql.ts';

export const SEALING_KEY_BYTES = 32;

/** Where the keys are: the first seals, all of them open. They are asked for each time, so that a new one counts at once. */
export type SealingKeys = Readonly<{
  /** Keys of 32 bytes, the newest first; none at all: secrets are kept as they are. */
  read(): readonly Buffer[];
  /** Makes a new first key, where the exchange keeps its keys itself; those before it stay and open. */
  add?(): void;
  /** What whoever runs the exchange has to set or put back when a key is missing. */
  where: string;
}>;

/** Keys as they were given once. */
export const givenKeys = (keys: readonly Buffer[], where = 'JHE_SEALING_KEY'): SealingKeys => ({
  read: () => keys,
  where,
});

export type Sealing = Readonly<{
  keys: SealingKeys;
  /** Seals a text; `about` (table and row) must be the same when it is opened. Without a key it is the text itself. */
  seal(text: string, about: string): string;
  /** Opens what `seal` made; what is not sealed is itself. Throws when the key is not there or the text was changed. */
  open(kept: string, about: string): string;
}>;

/** What reads and writes secrets: the part of a system's sight that can open them. */
export type SealedSight = Readonly<{
  query<Row extends object>(statement: Sql): Promise<Row[]>;
  sealing: Sealing;
}>;

const MARK = 'sealed';
const IV_BYTES = 12;
const TAG_BYTES = 16;

/** The name of a key in what it sealed: enough to find it by, and no help to find it. */
export const nameOfKey = (key: Buffer): string =>
  createHash('sha256').update('sealing key').update(key).digest('base64url').slice(0, 10);

/** The name of the key that sealed this; undefined for what is not sealed. */
export function keyNameIn(kept: string): string | undefined {
  return /^sealed\.([\w-]{10})\.[\w-]+$/.exec(kept)?.[1];
}

export function createSealing(keys: SealingKeys): Sealing {
  return {
    keys,
    seal(text, about) {
      const [key] = keys.read();
      if (key === undefined) return text;
      const iv = randomBytes(IV_BYTES);
      const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(Buffer.from(about));
      const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
      return `${MARK}.${nameOfKey(key)}.${Buffer.concat([iv, sealed, cipher.getAuthTag()]).toString('base64url')}`;
    },
    open(kept, about) {
      const name = keyNameIn(kept);
      if (name === undefined) return kept;
      const key = keys.read().find((candidate) => nameOfKey(candidate) === name);
      if (key === undefined)
        throw new Error(`A secret is sealed with a key that is not here: see ${keys.where}.`);
      const bytes = Buffer.from(kept.split('.')[2] ?? '', 'base64url');
      const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, IV_BYTES));
      decipher.setAAD(Buffer.from(about)).setAuthTag(bytes.subarray(-TAG_BYTES));
      return Buffer.concat([
        decipher.update(bytes.subarray(IV_BYTES, -TAG_BYTES)),
        decipher.final(),
      ]).toString();
    },
  };
}

/** A JSON value sealed as a whole, in a form that a JSON column takes; without a key it is the value itself. */
export function sealJson(sealing: Sealing, value: unknown, about: string): unknown {
  const text = sealing.seal(JSON.stringify(value), about);
  return keyNameIn(text) === undefined ? value : { [MARK]: text };
}

/** The other way round. */
export function openJson(sealing: Sealing, kept: unknown, about: string): unknown {
  const text =
    typeof kept === 'object' && kept !== null ? (kept as Record<string, unknown>)[MARK] : undefined;
  return typeof text === 'string' ? JSON.parse(sealing.open(text, about)) : kept;
}

/** What each secret is sealed for: table and row, so that one does not open in another's place. */
export const SEALED_FOR = {
  authenticator: (userId: number) => `authenticator ${userId}`,
  identityProvider: (slug: string) => `identity_provider ${slug}`,
  /** Text of a mail: for its reader, so that it does not open in a mail to anybody else. */
  mail: (recipient: string) => `mail to ${recipient}`,
  setting: (key: string) => `setting ${key}`,
  signingKey: (kid: string) => `signing_key ${kid}`,
} as const;
