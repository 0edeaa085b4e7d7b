/**
 * The clinical bands of glucose: very low below 54, low below 70, in range 70-180, high above 180, very high above 250
 * mg/dL. Battelino et al., Diabetes Care 2019;42(8):1593-1603, whose mmol/L values are rounded as given there.
 */
export type BandName = 'very-low' | 'low' | 'in-range' | 'high' | 'very-high';

export type Band = Readonly<{
  name: BandName;
  label: string;
  /** The lowest value of the band; the next band's is where it ends. */
  from: number;
  /** How the band is written: `70-180`. */
  text: string;
}>;

const MG_PER_DL: readonly Band[] = [
  { name: 'very-low', label: 'Very low', from: Number.NEGATIVE_INFINITY, text: '<54' },
  { name: 'low', label: 'Low', from: 54, text: '54–69' },
  { name: 'in-range', label: 'In range', from: 70, text: '70–180' },
  { name: 'high', label: 'High', from: 180.0001, text: '181–250' },
  { name: 'very-high', label: 'Very high', from: 250.0001, text: '>250' },
];

const MMOL_PER_L: readonly Band[] = [
  { name: 'very-low', label: 'Very low', from: Number.NEGATIVE_INFINITY, text: '<3.0' },
  { name: 'low', label: 'Low', from: 3, text: '3.0–3.8' },
  { name: 'in-range', label: 'In range', from: 3.9, text: '3.9–10.0' },
  { name: 'high', label: 'High', from: 10.0001, text: '10.1–13.9' },
  { name: 'very-high', label: 'Very high', from: 13.9001, text: '>13.9' },
];

/** The bands in a unit, lowest first; none for a unit that glucose is not given in. */
export function glucoseBands(unit: string | null): readonly Band[] {
  return unit === 'mg/dL' ? MG_PER_DL : unit === 'mmol/L' ? MMOL_PER_L : [];
}

/** The band a value is in. */
export function bandOf(bands: readonly Band[], value: number): Band | undefined {
  return bands.findLast((band) => value >= band.from);
}
