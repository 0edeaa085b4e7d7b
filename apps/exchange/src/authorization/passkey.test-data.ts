/** An authenticator in software, for tests over HTTP: it makes and uses passkeys as WebAuthn Level 3 lays them out. */
import { createHash, generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import { isoCBOR } from '@simplewebauthn/server/helpers';

const PRESENT = 0x01;
const VERIFIED = 0x04;
const CAN_BE_BACKED_UP = 0x08;
const IS_BACKED_UP = 0x10;
const HAS_CREDENTIAL = 0x40;

export type Lies = Readonly<{
  origin?: string;
  rpId?: string;
  challenge?: string;
  /** The holder was not checked. */
  unverified?: boolean;
  /** Another count than the next one. */
  counter?: number;
  userHandle?: string;
  /** Signs with another key. */
  otherKey?: boolean;
}>;

type CreateOptions = { challenge: string; rp: { id?: string }; user: { id: string } };
type GetOptions = { challenge: string; rpId?: string };

/** One passkey. `synced` passkeys are kept in step between devices, and count nothing. */
export function softAuthenticator(site: string, { synced = false } = {}) {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const other = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
  const { x = '', y = '' } = publicKey.export({ format: 'jwk' });
  const id = randomBytes(32);
  let counter = 0;
  let userHandle = '';

  const sha256 = (data: string | Buffer) => createHash('sha256').update(data).digest();
  const authenticatorData = (rpId: string, flags: number, count: number, more: Buffer = Buffer.alloc(0)) => {
    const head = Buffer.alloc(5);
    head.writeUInt8(flags | (synced ? CAN_BE_BACKED_UP | IS_BACKED_UP : 0), 0);
    head.writeUInt32BE(count, 1);
    return Buffer.concat([sha256(rpId), head, more]);
  };
  const clientData = (type: string, challenge: string, origin: string) =>
    Buffer.from(JSON.stringify({ type, challenge, origin, crossOrigin: false }));

  return {
    id: id.toString('base64url'),

    create(options: CreateOptions, lies: Lies = {}): string {
      userHandle = options.user.id;
      const key = new Map<number, number | Uint8Array>([
        [1, 2],
        [3, -7],
        [-1, 1],
        [-2, new Uint8Array(Buffer.from(x, 'base64url'))],
        [-3, new Uint8Array(Buffer.from(y, 'base64url'))],
      ]);
      const size = Buffer.alloc(2);
      size.writeUInt16BE(id.length);
      const credential = Buffer.concat([Buffer.alloc(16), size, id, isoCBOR.encode(key as never)]);
      const flags = PRESENT | HAS_CREDENTIAL | (lies.unverified ? 0 : VERIFIED);
      const authData = authenticatorData(lies.rpId ?? options.rp.id ?? '', flags, counter, credential);
      const attestation = new Map<string, unknown>([
        ['fmt', 'none'],
        ['attStmt', new Map()],
        ['authData', new Uint8Array(authData)],
      ]);
      const challenge = lies.challenge ?? options.challenge;
      return JSON.stringify({
        id: id.toString('base64url'),
        rawId: id.toString('base64url'),
        type: 'public-key',
        authenticatorAttachment: 'platform',
        clientExtensionResults: {},
        response: {
          clientDataJSON: clientData('webauthn.create', challenge, lies.origin ?? site).toString('base64url'),
          attestationObject: Buffer.from(isoCBOR.encode(attestation as never)).toString('base64url'),
          transports: ['internal'],
        },
      });
    },

    get(options: GetOptions, lies: Lies = {}): string {
      if (!synced) counter += 1;
      const flags = PRESENT | (lies.unverified ? 0 : VERIFIED);
      const authData = authenticatorData(lies.rpId ?? options.rpId ?? '', flags, lies.counter ?? counter);
      const data = clientData('webauthn.get', lies.challenge ?? options.challenge, lies.origin ?? site);
      const signed = Buffer.concat([authData, sha256(data)]);
      return JSON.stringify({
        id: id.toString('base64url'),
        rawId: id.toString('base64url'),
        type: 'public-key',
        clientExtensionResults: {},
        response: {
          clientDataJSON: data.toString('base64url'),
          authenticatorData: authData.toString('base64url'),
          signature: sign('sha256', signed, lies.otherKey ? other : privateKey).toString('base64url'),
          userHandle: lies.userHandle ?? userHandle,
        },
      });
    },
  };
}

/** What a page of ours asks the browser for, out of its form. */
export function passkeyOptions(
  page: string,
): CreateOptions & GetOptions & { excludeCredentials?: { id: string }[] } {
  const [, escaped = ''] = /data-options="([^"]*)"/.exec(page) ?? [];
  return JSON.parse(escaped.replaceAll('&quot;', '"').replaceAll('&#39;', "'").replaceAll('&amp;', '&'));
}
