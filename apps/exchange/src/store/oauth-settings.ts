/** Settings: as the server reads them, and as the operator sees and changes them; secrets are sealed. System role only. */
import { openJson, SEALED_FOR, type SealedSight, sealJson } from '../access/sealing.ts';
import type { Sight } from '../access/sight.ts';
import { sql } from '../database/sql.ts';
import { isSecretSetting, type SettingKey, type SettingValue, settingOf } from '../domain/settings.ts';

/** All that are set, by key. */
export async function listSettings(sight: SealedSight): Promise<{ key: string; value: unknown }[]> {
  const rows = await sight.query<{ key: string; value: unknown }>(
    sql`select key, value from setting order by key`,
  );
  return rows.map(({ key, value }) => ({
    key,
    value: isSecretSetting(key) ? openJson(sight.sealing, value, SEALED_FOR.setting(key)) : value,
  }));
}

/** What counts now for these settings: what is set, or else their defaults. */
export async function readSettings<Key extends SettingKey>(
  sight: Pick<Sight, 'query'>,
  keys: readonly Key[],
): Promise<{ readonly [One in Key]: SettingValue<One> }> {
  const rows = await sight.query<{ key: string; value: unknown }>(sql`
    select key, value from setting where key = any(${keys})`);
  const kept = new Map(rows.map(({ key, value }) => [key, value]));
  return Object.fromEntries(keys.map((key) => [key, settingOf(key, kept.get(key))])) as {
    [One in Key]: SettingValue<One>;
  };
}

/** Sets a value, any JSON. It counts with the next request. */
export async function setSetting(sight: SealedSight, key: string, value: unknown): Promise<void> {
  const kept = isSecretSetting(key) ? sealJson(sight.sealing, value, SEALED_FOR.setting(key)) : value;
  await sight.query(sql`
    insert into setting (key, value) values (${key}, ${JSON.stringify(kept)}::jsonb)
    on conflict (key) do update set value = excluded.value, last_updated = now()`);
}
