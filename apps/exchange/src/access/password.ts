/** Passwords are kept as argon2id hashes with 19 MiB of memory and two passes (OWASP's first recommendation). */
import { hash, verify } from '@node-rs/argon2';

/** algorithm 2 is argon2id: the package declares the names as a const enum, which type stripping cannot read. */
const PARAMETERS = { algorithm: 2, memoryCost: 19_456, timeCost: 2, parallelism: 1 };

/** Hashes a password into the PHC text that `app_user.password_hash` holds; about 25 ms. */
export function hashPassword(password: string): Promise<string> {
  return hash(password, PARAMETERS);
}

let decoy: Promise<string> | undefined;

/**
 * True when the password belongs to the hash. Without a hash (an unknown address, a person without a password) the
 * same work is done and the answer is false, so that the time of the reply does not tell who exists.
 */
export async function verifyPassword(passwordHash: string | null, password: string): Promise<boolean> {
  decoy ??= hashPassword('nobody has this password');
  const matches = await verify(passwordHash ?? (await decoy), password).catch(() => false);
  return matches && passwordHash !== null;
}
