import { isIPv6 } from 'node:net';

/**
 * What a client address stands for where callers are counted. An IPv6 address stands for its /64, or for as many groups of
 * it: whoever has one has all of them. An IPv4 address, also in IPv6's spelling, and anything else is itself.
 */
export function networkOf(address: string, groupsOfIt = 4): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped) return mapped;
  if (!isIPv6(address)) return address;
  const [plain = ''] = address.split('%');
  const [head = '', tail] = plain.split('::');
  const groups = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - groups.length - after.length);
  const all = [...groups, ...Array<string>(zeros).fill('0'), ...after];
  return `${all
    .slice(0, groupsOfIt)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':')}::/${groupsOfIt * 16}`;
}
