/** Self-signed certificates, so that no key has to lie among the sources. */
import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';

const tagged = (tag: number, ...parts: Buffer[]): Buffer => {
  const body = Buffer.concat(parts);
  const size = body.length;
  const length = size < 128 ? [size] : size < 256 ? [0x81, size] : [0x82, size >> 8, size & 255];
  return Buffer.concat([Buffer.from([tag, ...length]), body]);
};
const sequence = (...parts: Buffer[]) => tagged(0x30, ...parts);
const RSA_SHA256 = sequence(Buffer.from('06092a864886f70d01010b0500', 'hex'));

export type KeyPair = Readonly<{ privateKey: string; certificate: string }>;

/** An RSA key with a certificate of RFC 5280 that is valid from 2020 to 2049. */
export function makeKeyPair(commonName: string): KeyPair {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return {
    privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
    certificate: toPem(certify(commonName, publicKey, privateKey)),
  };
}

function certify(commonName: string, publicKey: KeyObject, privateKey: KeyObject): Buffer {
  const time = (text: string) => tagged(0x17, Buffer.from(text));
  const name = sequence(
    tagged(0x31, sequence(Buffer.from('0603550403', 'hex'), tagged(0x0c, Buffer.from(commonName)))),
  );
  const signed = sequence(
    Buffer.from('a003020102', 'hex'),
    tagged(0x02, Buffer.from([1])),
    RSA_SHA256,
    name,
    sequence(time('200101000000Z'), time('491231235959Z')),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
  );
  return sequence(signed, RSA_SHA256, tagged(0x03, Buffer.from([0]), sign('sha256', signed, privateKey)));
}

const toPem = (der: Buffer) =>
  `-----BEGIN CERTIFICATE-----\n${(der.toString('base64').match(/.{1,64}/g) ?? []).join('\n')}\n-----END CERTIFICATE-----\n`;
