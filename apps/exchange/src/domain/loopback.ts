import { isIPv4 } from 'node:net';

/** Whether a host name or address, as in a URL or a setting, is this computer itself (RFC 1122, 3.2.1.3; RFC 6761, 6.3). */
export const isLoopbackHost = (host: string): boolean => host === 'localhost' || isLoopbackAddress(host);

/** Whether an address is of the loopback range: `127.0.0.0/8` or `::1`, in brackets or not, or IPv4 written as IPv6. */
export function isLoopbackAddress(address: string): boolean {
  const bare = address.replace(/^\[(.*)\]$/, '$1').toLowerCase();
  if (bare === '::1') return true;
  const v4 = bare.replace(/^::ffff:/, '');
  return isIPv4(v4) && v4.startsWith('127.');
}
