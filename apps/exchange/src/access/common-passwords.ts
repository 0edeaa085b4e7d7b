import { passwordFault } from '../domain/password-rules.ts';

let common: Promise<ReadonlySet<string>> | undefined;

/** Fifty thousand passwords that were found in leaks, in lower case; read when the first password is chosen. */
async function loadCommonPasswords(): Promise<ReadonlySet<string>> {
  const { dictionary } = await import('@zxcvbn-ts/language-common');
  return new Set(dictionary['passwords-common']);
}

/** What is wrong with a password that somebody chooses for the account of this address, or undefined. */
export async function findPasswordFault(password: string, email: string): Promise<string | undefined> {
  common ??= loadCommonPasswords();
  return passwordFault(password, email, await common);
}
