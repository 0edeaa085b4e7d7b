import type { Deps, GuardedRoute } from '../face.ts';
import { camelKey } from './request-keys.ts';

const API = '/api/v1/';
/** Collections of this path that other faces serve. */
const ELSEWHERE = ['client_registrations', 'practitioner_clients'];

/** `GET /api/v1/` (section 3): every collection that can be listed, by its name in camelCase, with its address. */
export function collectionsRoute(
  { config }: Pick<Deps, 'config'>,
  routes: readonly GuardedRoute[],
): GuardedRoute {
  const names = routes
    .filter(({ method, path }) => method === 'GET' && path.startsWith(API))
    .map(({ path }) => path.slice(API.length))
    .filter((name) => !name.includes('/'));
  const body = Object.fromEntries(
    [...names, ...ELSEWHERE].map((name) => [camelKey(name), `${config.siteUrl}${API}${name}`]),
  );
  return { method: 'GET', path: '/api/v1', caller: 'signed-in', handle: async () => ({ body }) };
}
