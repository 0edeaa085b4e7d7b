/** Lets the provider take up other keys without a restart: a new one is made, and requests begun end with the old one. */
import type { Provider } from 'oidc-provider';
import type { KeyRing } from './key-ring.ts';
import type { Parts } from './parts.ts';
import type { SigningKeys } from './signing-keys.ts';

export type Generations = Readonly<{
  /** What was made first. Its models are as good as any later one's: they share the storage and sign nothing. */
  first: Parts;
  /** The provider that has the keys of now. */
  provider(): Promise<Provider>;
}>;

/** `assemble` makes a provider with all that belongs to it; it is called again whenever the keys are others. */
export function keepUpWithKeys(ring: KeyRing, assemble: (keys: SigningKeys) => Parts): Generations {
  let keys = ring.current();
  const first = assemble(keys);
  let { provider } = first;
  return {
    first,
    async provider() {
      const found = await ring.fresh();
      if (found !== keys) {
        provider = assemble(found).provider;
        keys = found;
      }
      return provider;
    },
  };
}
