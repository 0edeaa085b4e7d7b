import { clamp } from './elementary.ts';
import type { Random } from './random.ts';

/** Which meal of the day. */
export type MealKind = 'breakfast' | 'lunch' | 'dinner' | 'snack';

/** One meal as a person logs it: when it began (epoch ms, on a whole minute) and what was in it. */
export type Meal = {
  at: number;
  kind: MealKind;
  name: string;
  carbohydrateGrams: number;
  proteinGrams: number;
  fatGrams: number;
  kcal: number;
};

/** From here on, in grams of carbohydrate, a meal counts as high in carbohydrate. */
export const HIGH_CARBOHYDRATE_GRAMS = 75;

/** Grams of carbohydrate on the common menu, mean and deviation; lunches are either high or light, see `day-plan.ts`. */
export const CARBOHYDRATE_GRAMS = {
  breakfast: { mean: 45, deviation: 12, low: 12, high: 74 },
  'light lunch': { mean: 44, deviation: 9, low: 20, high: 62 },
  'high-carbohydrate lunch': { mean: 94, deviation: 8, low: 84, high: 115 },
  dinner: { mean: 70, deviation: 18, low: 25, high: 115 },
  snack: { mean: 20, deviation: 6, low: 8, high: 35 },
} as const;

/** A line of the menu. */
export type MenuEntry = keyof typeof CARBOHYDRATE_GRAMS;

const NAMES: Readonly<Record<MenuEntry, readonly string[]>> = {
  breakfast: ['Oatmeal with berries', 'Toast with eggs', 'Yogurt and granola', 'Cereal with milk', 'Bagel'],
  'light lunch': [
    'Lentil salad',
    'Chicken salad with bread',
    'Vegetable soup',
    'Omelette with toast',
    'Fish and greens',
  ],
  'high-carbohydrate lunch': [
    'Pasta with tomato sauce',
    'Rice bowl',
    'Bean and rice burrito',
    'Noodle soup with rice',
  ],
  dinner: [
    'Curry with rice',
    'Roast vegetables and potatoes',
    'Tacos',
    'Pizza',
    'Salmon with quinoa',
    'Stir-fry',
  ],
  snack: ['Apple', 'Banana', 'Granola bar', 'Crackers and cheese', 'Biscuits'],
};

/** Draws a meal from the menu; `factor` scales how much this person eats, but a high lunch stays high and a light one light. */
export function mealAt(random: Random, at: number, entry: MenuEntry, factor: number): Meal {
  const grams = CARBOHYDRATE_GRAMS[entry];
  const drawn = clamp(random.normal(grams.mean, grams.deviation), grams.low, grams.high);
  const carbohydrateGrams = Math.round(drawn * factor);
  const share = entry === 'snack' ? 0.25 : 1;
  const proteinGrams = Math.round(random.uniform(12, 34) * share);
  const fatGrams = Math.round(random.uniform(8, 28) * share);
  return {
    at,
    kind: entry === 'light lunch' || entry === 'high-carbohydrate lunch' ? 'lunch' : entry,
    name: random.pick(NAMES[entry]),
    carbohydrateGrams,
    proteinGrams,
    fatGrams,
    kcal: 4 * carbohydrateGrams + 4 * proteinGrams + 9 * fatGrams,
  };
}
