/**
 * exp, ln and cos from +, -, x, / and rounding alone. ECMA-262 leaves Math.exp, Math.log and Math.cos to the engine,
 * so two browsers may differ in the last bit; IEEE 754 fixes the four operations, so these do not differ.
 * Accurate to about 1e-15 relative for the small arguments the simulator uses.
 */

const LN2_HIGH = 0.6931471803691238;
const LN2_LOW = 1.9082149292705877e-10;
const LN2 = LN2_HIGH + LN2_LOW;

/** e to the power x. Underflows to 0 below -700; refuses nothing. */
export function exp(x: number): number {
  if (x < -700) return 0;
  let power = Math.round(x / LN2);
  const rest = x - power * LN2_HIGH - power * LN2_LOW;
  let sum = 1;
  for (let n = 16; n > 0; n--) sum = 1 + (rest / n) * sum;
  for (; power > 0; power--) sum *= 2;
  for (; power < 0; power++) sum *= 0.5;
  return sum;
}

/** Natural logarithm of x. Refuses x <= 0 with a RangeError. */
export function ln(x: number): number {
  if (!(x > 0)) throw new RangeError('x: the logarithm needs a number above 0');
  let mantissa = x;
  let power = 0;
  for (; mantissa > 1.42; power++) mantissa *= 0.5;
  for (; mantissa < 0.71; power--) mantissa *= 2;
  // ln m = 2 artanh((m - 1) / (m + 1)); |ratio| < 0.174, so 12 terms are below one rounding step.
  const ratio = (mantissa - 1) / (mantissa + 1);
  const square = ratio * ratio;
  let sum = 0;
  for (let n = 23; n > 0; n -= 2) sum = sum * square + 1 / n;
  return power * LN2_HIGH + (power * LN2_LOW + 2 * ratio * sum);
}

/** Cosine of an angle given in whole turns: `cosOfTurns(0.5)` is -1. */
export function cosOfTurns(turns: number): number {
  const angle = (turns - Math.round(turns)) * 6.283185307179586;
  const square = angle * angle;
  let sum = 1;
  for (let n = 26; n > 0; n -= 2) sum = 1 - (square / (n * (n - 1))) * sum;
  return sum;
}

/** `value` held inside `low`..`high`. */
export function clamp(value: number, low: number, high: number): number {
  return Math.max(low, Math.min(high, value));
}
