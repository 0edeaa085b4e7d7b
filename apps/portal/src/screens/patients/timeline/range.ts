/** The stretch of time on screen, in the address: `?range=14d`, or `?from=&to=` in epoch ms once zoomed. */
export const PRESETS = [
  { key: '24h', label: '24 h', ms: 86_400_000 },
  { key: '7d', label: '7 d', ms: 7 * 86_400_000 },
  { key: '14d', label: '14 d', ms: 14 * 86_400_000 },
  { key: '90d', label: '90 d', ms: 90 * 86_400_000 },
  { key: 'all', label: 'All', ms: null },
] as const;

export type PresetKey = (typeof PRESETS)[number]['key'];

export type Range = Readonly<{ from: number; to: number; preset: PresetKey | null }>;

const DEFAULT: PresetKey = '14d';
/** Nothing shorter can be zoomed to. */
const SHORTEST_MS = 30 * 60_000;

/** The range an address asks for. Presets end at the last reading, so that an old series is not an empty picture. */
export function rangeOf(query: URLSearchParams, first: number, last: number): Range {
  const from = Number(query.get('from'));
  const to = Number(query.get('to'));
  if (from > 0 && to - from >= SHORTEST_MS) return { from, to, preset: null };
  const preset =
    PRESETS.find(({ key }) => key === query.get('range')) ?? PRESETS.find(({ key }) => key === DEFAULT)!;
  return {
    from: preset.ms === null ? Math.min(first, last - SHORTEST_MS) : last - preset.ms,
    to: last,
    preset: preset.key,
  };
}

/** The same address with another preset. */
export function withPreset(query: URLSearchParams, preset: PresetKey): URLSearchParams {
  const next = new URLSearchParams(query);
  next.delete('from');
  next.delete('to');
  next.set('range', preset);
  return next;
}

/** The same address with a range of its own; keeps the preset to come back to. */
export function withZoom(query: URLSearchParams, from: number, to: number): URLSearchParams {
  const middle = (from + to) / 2;
  const half = Math.max(to - from, SHORTEST_MS) / 2;
  const next = new URLSearchParams(query);
  next.set('from', String(Math.round(middle - half)));
  next.set('to', String(Math.round(middle + half)));
  return next;
}

/** Without the zoom. */
export function withoutZoom(query: URLSearchParams): URLSearchParams {
  const next = new URLSearchParams(query);
  next.delete('from');
  next.delete('to');
  return next;
}
