import type { Identifier, Patient } from '@jhe/client';

/**
 * Given name first, as people say it. A patient registered without a name goes by the organization's identifier, or else by
 * the exchange's number.
 */
export function nameOf({
  id,
  nameFamily,
  nameGiven,
  identifiers,
}: Pick<Patient, 'id' | 'nameFamily' | 'nameGiven' | 'identifiers'>): string {
  const name = [nameGiven, nameFamily].filter(Boolean).join(' ');
  return name || (identifiers[0]?.value ?? `Patient ${id}`);
}

/** Whole years on a day; null without a birth date or before it. `today` is a local date. */
export function ageOf(birthDate: string | null, today: Date): number | null {
  const [year, month, day] = (birthDate ?? '').split('-').map(Number);
  if (!year || !month || !day) return null;
  const hadBirthday =
    today.getMonth() + 1 > month || (today.getMonth() + 1 === month && today.getDate() >= day);
  const age = today.getFullYear() - year - (hadBirthday ? 0 : 1);
  return age < 0 ? null : age;
}

/** A date without a time, in the reader's own format. */
export function dateText(date: string): string {
  return new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeZone: 'UTC' }).format(new Date(date));
}

/** The last part of an identifier's system, which is what people know it by: `mrn` of `https://x.org/mrn`. */
export function systemLabel({ system }: Pick<Identifier, 'system'>): string {
  return system.replace(/\/+$/, '').split('/').at(-1) || system;
}
