/**
 * A public app that refreshes need not say which client it is: SMART App Launch 2.2, section 2.1 ("Use a refresh token"),
 * asks for the refresh token alone, and fhirclient sends no more. The token knows whose it is; the provider wants to be
 * told.
 */
import type { IncomingMessage } from 'node:http';
import { errors, type KoaContextWithOIDC, type Provider } from 'oidc-provider';
import { ROUTES } from './provider.ts';

/** The provider reads no longer bodies than this. */
const MOST_BYTES = 56 * 1024;
const NAMES_CLIENT = ['client_id', 'client_assertion', 'client_secret'];

/** Adds the client_id to such a request, if the token is a public client's. Confidential clients prove who they are. */
export function nameRefreshingClient(provider: Provider) {
  return async (ctx: KoaContextWithOIDC, next: () => Promise<void>): Promise<void> => {
    const mayBe =
      ctx.path === ROUTES.token &&
      ctx.method === 'POST' &&
      ctx.get('authorization') === '' &&
      ctx.is('application/x-www-form-urlencoded') !== false &&
      Number(ctx.get('content-length')) <= MOST_BYTES;
    if (!mayBe) return next();
    const text = await readText(ctx.req);
    const form = new URLSearchParams(text);
    const token = form.get('refresh_token');
    let clientId: string | undefined;
    if (form.get('grant_type') === 'refresh_token' && token && !NAMES_CLIENT.some((name) => form.has(name))) {
      // A used one as well, so that the theft it tells of is noticed.
      const found = await provider.RefreshToken.find(token, { ignoreExpiration: true });
      // One that is over is nobody's any more; the app has to hear that, not that it should have said who it is.
      if (!found) throw new errors.InvalidGrant('refresh token not found');
      const client = found.clientId === undefined ? undefined : await provider.Client.find(found.clientId);
      if (client?.clientAuthMethod === 'none') clientId = client.clientId;
    }
    giveAgain(ctx.req, clientId === undefined ? text : `${text}&client_id=${encodeURIComponent(clientId)}`);
    return next();
  };
}

async function readText(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    const bytes = Buffer.from(chunk as Uint8Array);
    size += bytes.length;
    chunks.push(bytes);
    // The rest stays unread; what is passed on is too long for the provider as well.
    if (size > MOST_BYTES) break;
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** Lets the provider read this body, as if nobody had before. */
function giveAgain(request: IncomingMessage, text: string): void {
  const body = Buffer.from(text);
  request.headers['content-length'] = String(body.length);
  Object.defineProperties(request, {
    readable: { value: true },
    iterator: {
      value: async function* iterate() {
        yield body;
      },
    },
  });
}
