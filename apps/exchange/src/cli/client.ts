import { makeClientSecret } from '../domain/client-secret.ts';
import { findCredentials } from '../store/oauth-accounts.ts';
import { addClient, approveClient, listClients, replaceSecret } from '../store/oauth-client-registrations.ts';
import { removeClient } from '../store/oauth-endings.ts';
import { ADD_HELP, readClientOptions, readScopes } from './client-options.ts';
import type { Command } from './main.ts';
import { type Opened, openBehindGate } from './open.ts';
import { readOptions, toTable } from './options.ts';

const HELP = `Usage: jhe client list
       jhe client approve <client id> [--scopes "<scopes>"] [--owner <e-mail>]
       jhe client secret <client id>
       jhe client remove <client id>

Applications that are registered here. One that registered itself waits until it is approved, or removed. A new secret
is shown this once; the one before it ends at once. With a client everything ends that was issued to it.
`;

/** The person who answers for a client, by e-mail address; null when none was named. */
async function findOwner(
  sight: Parameters<typeof findCredentials>[0],
  email: string | undefined,
): Promise<number | null> {
  if (email === undefined) return null;
  const owner = await findCredentials(sight, email);
  if (!owner?.active) throw new Error('--owner: nobody who can sign in has this address.');
  return owner.userId;
}

/** A command on clients: `--help`, then its deed with the database open. What it returns is printed. */
function clientCommand(
  word: string,
  summary: string,
  help: string,
  deed: (opened: Pick<Opened, 'system'>, args: readonly string[]) => Promise<string>,
): Command {
  return {
    words: ['client', word],
    summary,
    async run(args, config) {
      if (args.includes('--help')) {
        process.stdout.write(help);
        return 0;
      }
      let opened: Opened | undefined;
      try {
        // Options are read before the database is opened: `deed` asks for it when it needs it.
        const lazily: Pick<Opened, 'system'> = {
          async system(reason, body) {
            opened ??= await openBehindGate(config);
            return opened.system(reason, body);
          },
        };
        process.stdout.write(await deed(lazily, args));
      } finally {
        await opened?.close();
      }
      return 0;
    },
  };
}

/** `jhe client add`: registers a hub or another application. */
export const addClientCommand = clientCommand(
  'add',
  'Register an application.',
  ADD_HELP,
  async ({ system }, args) => {
    const { client, ownerEmail, needsSecret } = await readClientOptions(args);
    const made = needsSecret ? makeClientSecret() : undefined;
    await system('client', async (sight) => {
      sight.trace({ clientId: client.clientId, deed: 'add' });
      const ownerUserId = await findOwner(sight, ownerEmail);
      const isAdded = await addClient(sight, {
        ...client,
        ownerUserId,
        clientSecret: made?.clientSecret ?? null,
        secretPrefix: made?.secretPrefix ?? null,
        approvedAt: new Date(),
        registration: null,
      });
      if (!isAdded) throw new Error('--id: another client has this id.');
    });
    const secret = made ? `Its secret, shown this once: ${made.secret}\n` : '';
    return `Registered ${client.clientId} (${client.name}).\n${secret}`;
  },
);

/** `jhe client list`: every client and whether it waits. */
export const listClientsCommand = clientCommand(
  'list',
  'Show the registered applications.',
  HELP,
  async ({ system }, args) => {
    readOptions(args, { options: {}, words: 0, help: HELP });
    const clients = await system('client', async (sight) => {
      sight.trace({ deed: 'list' });
      return listClients(sight);
    });
    const rows = clients.map(({ clientId, name, clientType, grantTypes, defaultScopes, approvedAt }) => [
      clientId,
      approvedAt === null ? 'waits' : 'approved',
      clientType,
      grantTypes.join(','),
      defaultScopes,
      // A name that a stranger gave may hold anything; a terminal obeys control characters.
      name.replace(/\p{Cc}/gu, ' '),
    ]);
    return toTable([['CLIENT', 'STATE', 'TYPE', 'GRANTS', 'DEFAULT SCOPES', 'NAME'], ...rows]);
  },
);

/** `jhe client approve`: lets in a client that registered itself. */
export const approveClientCommand = clientCommand(
  'approve',
  'Let in an application that registered itself.',
  HELP,
  async ({ system }, args) => {
    const { values, positionals } = readOptions(args, {
      options: { scopes: { type: 'string' }, owner: { type: 'string' } },
      words: 1,
      help: HELP,
    });
    const [clientId = ''] = positionals;
    const defaultScopes = readScopes(values.scopes);
    const approved = await system('client', async (sight) => {
      sight.trace({ clientId, deed: 'approve' });
      const ownerUserId = await findOwner(sight, values.owner);
      return approveClient(sight, { clientId }, { defaultScopes, ownerUserId }, new Date());
    });
    if (approved === undefined) throw new Error('no client of this id waits for approval.');
    return `${clientId} may sign people in now.\n`;
  },
);

/** `jhe client secret`: another secret for a confidential client. */
export const replaceSecretCommand = clientCommand(
  'secret',
  'Give an application another secret.',
  HELP,
  async ({ system }, args) => {
    const [clientId = ''] = readOptions(args, { options: {}, words: 1, help: HELP }).positionals;
    const made = makeClientSecret();
    const isReplaced = await system('client', async (sight) => {
      sight.trace({ clientId, deed: 'secret' });
      return replaceSecret(sight, clientId, made);
    });
    if (!isReplaced) throw new Error('no confidential client has this id.');
    return `Its secret, shown this once: ${made.secret}\n`;
  },
);

/** `jhe client remove`: ends a client and everything that was issued to it. */
export const removeClientCommand = clientCommand(
  'remove',
  'Remove an application and end its access.',
  HELP,
  async ({ system }, args) => {
    const [clientId = ''] = readOptions(args, { options: {}, words: 1, help: HELP }).positionals;
    const isRemoved = await system('client', async (sight) => {
      sight.trace({ clientId, deed: 'remove' });
      return removeClient(sight, clientId);
    });
    if (!isRemoved) throw new Error('no client has this id.');
    return `${clientId} is removed; nothing that was issued to it is good any more.\n`;
  },
);
