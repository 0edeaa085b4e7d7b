import { createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto';
import { openPool, type Pool, type PoolOptions } from './pool.ts';

const SERVER_ROLE = 'jhe_server';
/** "tuple concurrently updated": two servers that start at once set the same password. */
const SAME_MOMENT = 'XX000';

/**
 * Lets the server sign in as the role that owns nothing, and returns its connection string. The password is random and
 * kept in a table that only the owner reads, so all servers of one database have the same one and none of them can be
 * guessed. Over a unix socket with trust (the embedded database) it is not asked for.
 */
export async function enableServerLogin(owner: Pool, ownerUrl: string): Promise<string> {
  const url = new URL(ownerUrl);
  url.username = SERVER_ROLE;
  url.password = await setPassword(owner);
  return url.toString();
}

/**
 * The pool of a server or a command. Somebody may change the password of the role meanwhile (a database that was
 * restored, another exchange on the same PostgreSQL): then it is set again, and connecting goes on.
 */
export async function openServerPool(
  owner: Pool,
  ownerUrl: string,
  { size, statementMs }: { size: number; statementMs: number },
): Promise<Pool> {
  let password = await setPassword(owner);
  let renewing: Promise<void> | undefined;
  const renew = async () => {
    const again = openPool(ownerUrl, 1);
    try {
      password = await setPassword(again);
    } finally {
      await again.end();
    }
  };
  const url = new URL(ownerUrl);
  url.username = SERVER_ROLE;
  url.password = '';
  const options: PoolOptions = {
    statementMs,
    password: () => password,
    renewPassword() {
      renewing ??= renew().finally(() => {
        renewing = undefined;
      });
      return renewing;
    },
  };
  return openPool(url.toString(), size, options);
}

/** Makes the password the first time, gives it to the role, and returns it. */
async function setPassword(owner: Pool): Promise<string> {
  await owner.query('insert into server_login (password) values ($1) on conflict do nothing', [
    randomBytes(32).toString('base64url'),
  ]);
  const { rows } = await owner.query<{ password: string }>('select password from server_login');
  const { password } = rows[0]!;
  // A utility statement takes no parameters; a verifier holds nothing that would need quoting.
  await owner
    .query(`alter role ${SERVER_ROLE} password '${verifierOf(password)}'`)
    .catch((error: { code?: string }) => {
      if (error.code !== SAME_MOMENT) throw error;
    });
  return password;
}

/** What PostgreSQL stores of a password (RFC 5802, RFC 7677), made here so that the password stands in no log of statements. */
function verifierOf(password: string): string {
  const [iterations, salt] = [4096, randomBytes(16)];
  const salted = pbkdf2Sync(password, salt, iterations, 32, 'sha256');
  const hmac = (text: string) => createHmac('sha256', salted).update(text).digest();
  const storedKey = createHash('sha256').update(hmac('Client Key')).digest('base64');
  return `SCRAM-SHA-256$${iterations}:${salt.toString('base64')}$${storedKey}:${hmac('Server Key').toString('base64')}`;
}
