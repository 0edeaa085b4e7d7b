/** Units: conversion within a dimension, and translation to UCUM. */
import type { Quantity } from './quantity.ts';

/**
 * mg/dL of glucose in one mmol/L: the molar mass of glucose (C6H12O6, 180.16 g/mol from IUPAC standard atomic weights)
 * divided by the 10 dL of a litre. Some devices round the factor to 18; results then differ by 0.09 %.
 */
export const GLUCOSE_MG_PER_DL_PER_MMOL_PER_L = 18.016;

interface Scale {
  readonly dimension: string;
  /** base = value * factor + offset */
  readonly factor: number;
  readonly offset: number;
}

const scales = new Map<string, Scale>();

function define(dimension: string, factors: Readonly<Record<string, number>>): void {
  for (const [unit, factor] of Object.entries(factors)) scales.set(unit, { dimension, factor, offset: 0 });
}

// Base unit mg/dL. Within these measures a concentration is always one of glucose.
define('glucose', { 'mg/dL': 1, 'mmol/L': GLUCOSE_MG_PER_DL_PER_MMOL_PER_L });

// Base unit gram. Avoirdupois pound exactly 453.59237 g, grain 1/7000 of it, ounce 1/16, short ton 2000 (NIST SP 811, B.8).
const POUND_G = 453.59237;
define('mass', { fg: 1e-15, pg: 1e-12, ng: 1e-9, ug: 1e-6, mg: 1e-3, g: 1, kg: 1e3, 'Metric Ton': 1e6 });
define('mass', { gr: POUND_G / 7000, oz: POUND_G / 16, lb: POUND_G, Ton: POUND_G * 2000 });

// Base unit degree Celsius (NIST SP 811, B.8).
scales.set('C', { dimension: 'temperature', factor: 1, offset: 0 });
scales.set('K', { dimension: 'temperature', factor: 1, offset: -273.15 });
scales.set('F', { dimension: 'temperature', factor: 5 / 9, offset: -160 / 9 });

// Base unit second; months and years have no fixed length and are left out.
define('duration', {
  ps: 1e-12,
  ns: 1e-9,
  us: 1e-6,
  ms: 1e-3,
  sec: 1,
  min: 60,
  h: 3600,
  d: 86400,
  wk: 604800,
});

// Base unit metre; inch exactly 0.0254 m.
define('length', { fm: 1e-15, pm: 1e-12, nm: 1e-9, um: 1e-6, mm: 1e-3, cm: 1e-2, m: 1, km: 1e3 });
define('length', { in: 0.0254, ft: 0.3048, yd: 0.9144, mi: 1609.344 });

/**
 * The same quantity in another unit (Open mHealth spelling), unrounded; null when either unit is unknown or they
 * measure different things. mg/dL and mmol/L are read as concentrations of glucose.
 */
export function toUnit<U extends string>(quantity: Quantity, unit: U): Quantity<U> | null {
  if (quantity.unit === unit) return { value: quantity.value, unit };
  const from = scales.get(quantity.unit);
  const to = scales.get(unit);
  if (from === undefined || to === undefined || from.dimension !== to.dimension) return null;
  return { value: (quantity.value * from.factor + from.offset - to.offset) / to.factor, unit };
}

/** Where UCUM spells a unit differently. Customary volumes are the US ones. */
const ucumSpelling: ReadonlyMap<string, string> = new Map(
  Object.entries({
    mmHg: 'mm[Hg]',
    'beats/min': '/min',
    'breaths/min': '/min',
    sec: 's',
    Mo: 'mo',
    yr: 'a',
    C: 'Cel',
    F: '[degF]',
    'Metric Ton': 't',
    gr: '[gr]',
    oz: '[oz_av]',
    lb: '[lb_av]',
    Ton: '[ston_av]',
    in: '[in_i]',
    ft: '[ft_i]',
    yd: '[yd_i]',
    mi: '[mi_i]',
    'fl oz': '[foz_us]',
    Cup: '[cup_us]',
    'in^3': '[cin_i]',
    pt: '[pt_us]',
    qt: '[qt_us]',
    gal: '[gal_us]',
    tsp: '[tsp_us]',
    tbsp: '[tbs_us]',
    'strokes/lap': '{strokes}/{lap}',
  }),
);

const sameInUcum = new Set(
  'mg/dL mmol/L % ps ns us ms min h d wk fm pm nm um mm cm m km fg pg ng ug mg g kg K fL pL nL uL mL cL dL L kL kcal L/min Hz m/s km/h'.split(
    ' ',
  ),
);

const countedThings = /^(steps|laps|skips|movements|strokes)(\/min)?$/;

/** The UCUM code of an Open mHealth / IEEE 1752 unit, e.g. `beats/min` -> `/min`, `lb` -> `[lb_av]`; null when there
 * is none we know. */
export function ucumUnit(unit: string): string | null {
  if (sameInUcum.has(unit)) return unit;
  const counted = countedThings.exec(unit);
  if (counted) return `{${counted[1]}}${counted[2] ?? ''}`;
  return ucumSpelling.get(unit) ?? null;
}
