import { hash128 } from './random.ts';

/**
 * The UUID of one simulated record: version 8 (RFC 9562 section 5.8, variant of RFC 4122), a function of its three
 * arguments alone, so that seeding twice writes the same ids. Give `index` something that names the record wherever
 * the window starts, such as its time in epoch milliseconds; a position in the array moves with the window.
 */
export function recordUuid(seed: string, kind: string, index: number | string): string {
  const hex = hash128(JSON.stringify(['record', seed, kind, index]))
    .map((word) => word.toString(16).padStart(8, '0'))
    .join('');
  const variant = '89ab'[Number.parseInt(hex.charAt(16), 16) & 3];
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20)}`;
}
