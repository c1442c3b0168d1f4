/**
 * Quantile tables for the normal and exponential distributions, in thousandths of their unit. They are computed from
 * + − × ÷ √ alone: engines differ in the last bit of Math.log and Math.exp, and a run must be the same on all of them.
 */

/** Cells per table; a draw interpolates within one. */
export const CELLS = 1024;

/** −ln(1−p) at p = i / CELLS, in thousandths; the last one stands for the tail. */
export const EXPONENTIAL: readonly number[] = table((p) => -ln(1 - p));

/** The standard normal quantile at p = i / CELLS, in thousandths. */
export const NORMAL: readonly number[] = table(normalQuantile);

function table(quantile: (p: number) => number): readonly number[] {
  const values: number[] = [];
  for (let i = 0; i <= CELLS; i++) {
    // The ends are infinite: a quarter cell inwards stands for them.
    const p = i === 0 ? 0.25 / CELLS : i === CELLS ? 1 - 0.25 / CELLS : i / CELLS;
    values.push(Math.round(quantile(p) * 1000));
  }
  return Object.freeze(values);
}

/** Natural logarithm: halve or double into [2/3, 4/3], then the series of 2·artanh((x−1)/(x+1)). */
function ln(x: number): number {
  const LN2 = 0.6931471805599453;
  let shift = 0;
  while (x < 2 / 3) {
    x *= 2;
    shift--;
  }
  while (x > 4 / 3) {
    x /= 2;
    shift++;
  }
  const t = (x - 1) / (x + 1);
  const square = t * t;
  let power = t;
  let sum = 0;
  for (let k = 1; k < 40; k += 2) {
    sum += power / k;
    power *= square;
  }
  return 2 * sum + shift * LN2;
}

/** Acklam's rational approximation, relative error below 1.2e-9. */
function normalQuantile(p: number): number {
  if (p < 0.02425) return tail(Math.sqrt(-2 * ln(p)));
  if (p > 1 - 0.02425) return -tail(Math.sqrt(-2 * ln(1 - p)));
  const q = p - 0.5;
  const r = q * q;
  const above =
    ((((-39.69683028665376 * r + 220.9460984245205) * r - 275.9285104469687) * r + 138.357751867269) * r -
      30.66479806614716) *
      r +
    2.506628277459239;
  const below =
    ((((-54.47609879822406 * r + 161.5858368580409) * r - 155.6989798598866) * r + 66.80131188771972) * r -
      13.28068155288572) *
      r +
    1;
  return (above * q) / below;
}

function tail(q: number): number {
  const above =
    ((((-0.007784894002430293 * q - 0.3223964580411365) * q - 2.400758277161838) * q - 2.549732539343734) * q +
      4.374664141464968) *
      q +
    2.938163982698783;
  const below =
    (((0.007784695709041462 * q + 0.3224671290700398) * q + 2.445134137142996) * q + 3.754408661907416) * q + 1;
  return above / below;
}
