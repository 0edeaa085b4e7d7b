/** Every place where a secret is kept sealed, to seal it anew. System role only. */
import { keyNameIn, openJson, SEALED_FOR, type SealedSight, sealJson } from '../access/sealing.ts';
import { sql } from '../database/sql.ts';
import { isSecretSetting } from '../domain/settings.ts';

/** A secret as it is kept: what it is sealed for, its value in the column, and how another one takes its place. */
type Kept = Readonly<{
  about: string;
  /** A column of text, or of JSON. */
  form: 'text' | 'json';
  value: unknown;
  replace(sealed: unknown): Promise<unknown>;
}>;

/** Every secret there is, its row held to the end of the transaction. */
async function holdSecrets(sight: SealedSight): Promise<Kept[]> {
  const authenticators = await sight.query<{ userId: number; secret: string }>(
    sql`select user_id, secret from authenticator for update`,
  );
  const institutions = await sight.query<{ slug: string; settings: unknown }>(
    sql`select slug, settings from identity_provider for update`,
  );
  const keys = await sight.query<{ kid: string; key: unknown }>(
    sql`select kid, key from signing_key for update`,
  );
  // What was sent has no text any more.
  const mails = await sight.query<{ id: number; recipient: string; body: string }>(
    sql`select id, recipient, body from mail where body <> '' for update`,
  );
  const settings = await sight.query<{ key: string; value: unknown }>(
    sql`select key, value from setting for update`,
  );
  const json = (value: unknown) => sql`${JSON.stringify(value)}::jsonb`;
  return [
    ...authenticators.map(({ userId, secret }) => ({
      about: SEALED_FOR.authenticator(userId),
      form: 'text' as const,
      value: secret,
      replace: (sealed: unknown) =>
        sight.query(sql`update authenticator set secret = ${String(sealed)} where user_id = ${userId}`),
    })),
    ...institutions.map(({ slug, settings: value }) => ({
      about: SEALED_FOR.identityProvider(slug),
      form: 'json' as const,
      value,
      replace: (sealed: unknown) =>
        sight.query(sql`update identity_provider set settings = ${json(sealed)} where slug = ${slug}`),
    })),
    ...mails.map(({ id, recipient, body }) => ({
      about: SEALED_FOR.mail(recipient),
      form: 'text' as const,
      value: body,
      replace: (sealed: unknown) =>
        sight.query(sql`update mail set body = ${String(sealed)} where id = ${id}`),
    })),
    ...keys.map(({ kid, key: value }) => ({
      about: SEALED_FOR.signingKey(kid),
      form: 'json' as const,
      value,
      replace: (sealed: unknown) =>
        sight.query(sql`update signing_key set key = ${json(sealed)} where kid = ${kid}`),
    })),
    ...settings
      .filter(({ key }) => isSecretSetting(key))
      .map(({ key, value }) => ({
        about: SEALED_FOR.setting(key),
        form: 'json' as const,
        value,
        replace: (sealed: unknown) =>
          sight.query(sql`update setting set value = ${json(sealed)} where key = ${key}`),
      })),
  ];
}

/** The name of the key that sealed a value; undefined for what is not sealed. */
function keyOf(value: unknown): string | undefined {
  const text =
    typeof value === 'object' && value !== null ? (value as Record<string, unknown>).sealed : value;
  return typeof text === 'string' ? keyNameIn(text) : undefined;
}

/** Names of the keys that sealed something that is there; undefined among them when something is not sealed. */
export async function listKeysInUse(sight: SealedSight): Promise<(string | undefined)[]> {
  return [...new Set((await holdSecrets(sight)).map(({ value }) => keyOf(value)))];
}

/**
 * Seals anew what is sealed with a key for which `isOld` (undefined: not sealed); how many that were. The rows are held
 * meanwhile.
 */
export async function sealAnew(
  sight: SealedSight,
  isOld: (keyName: string | undefined) => boolean,
): Promise<number> {
  const { sealing } = sight;
  const old = (await holdSecrets(sight)).filter(({ value }) => isOld(keyOf(value)));
  for (const { about, form, value, replace } of old) {
    await replace(
      form === 'text'
        ? sealing.seal(sealing.open(String(value), about), about)
        : sealJson(sealing, openJson(sealing, value, about), about),
    );
  }
  return old.length;
}
