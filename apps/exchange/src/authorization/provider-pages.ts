import type { KoaContextWithOIDC } from 'oidc-provider';
import type { Parts } from './parts.ts';

type Shown = Pick<KoaContextWithOIDC, 'set' | 'path'> & { body: unknown };
type Middleware = (ctx: KoaContextWithOIDC, next: () => Promise<void>) => Promise<void>;

/** What people see where the provider would show a page of its own; `home` is where its link leads. */
export type ProviderPages = Readonly<{
  signOut(ctx: Shown, form: string): void;
  signedOut(ctx: Shown, home: string): void;
  /** A fault that cannot be sent back to the client. */
  error(ctx: Shown, out: { error: string }, home: string): void;
  /** The client registered itself, and nobody has approved it yet. */
  clientWaits(ctx: Shown, name: string, home: string): void;
  /** Not now. */
  busy(ctx: Shown, message: string, home: string): void;
  /** The pages of ours, on one generation of the provider. */
  serve(parts: Parts): Middleware;
}>;
