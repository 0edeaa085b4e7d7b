const NAMES = [
  'ink',
  'quiet',
  'line',
  'accent',
  'surface',
  'very-low',
  'low',
  'in-range',
  'high',
  'very-high',
  'range-band',
] as const;

export type ChartColors = Readonly<Record<(typeof NAMES)[number], string>>;

/** The colours of the style sheet as they are here and now, for a canvas that cannot read variables itself. */
export function chartColors(within: HTMLElement): ChartColors {
  const probe = within.appendChild(document.createElement('span'));
  probe.hidden = true;
  const entries = NAMES.map((name) => {
    probe.style.color = `var(--${name})`;
    return [name, getComputedStyle(probe).color] as const;
  });
  probe.remove();
  return Object.fromEntries(entries) as ChartColors;
}
