import type { Member } from '@jhe/client';
import type { Answer } from './answers.ts';

/** Whom a user id names, as far as the reader sees it. */
export type Names = ReadonlyMap<number, string>;

/** The names of an organization's people by their user ids; who has no name goes by the address. */
export function namesOf(members: readonly Member[]): Names {
  return new Map(
    members.map(({ id, firstName, lastName, email }) => [
      id,
      [firstName, lastName].filter(Boolean).join(' ') || email,
    ]),
  );
}

/**
 * Whose answer it is and on what ground, in a phrase: "recorded by Elena Rivera: signed form, protocol 17". Who is not
 * in sight (any more) is staff of the organization. Undefined while nobody has answered.
 */
export function groundText(
  { source, standing, recordedBy, basis }: Answer,
  organization: string,
  names: Names,
): string | undefined {
  if (source === null) return undefined;
  if (source === 'patient') return 'the patient’s own answer';
  if (source === 'link') return 'recorded through an invitation link';
  const name = names.get(recordedBy ?? 0) ?? `staff of ${organization}`;
  if (basis !== null) return `recorded by ${name}: ${basis}`;
  const isNo = standing === 'not-shared' || standing === 'withdrawn';
  return isNo ? `recorded by ${name}` : `recorded by ${name}, no ground stated`;
}
