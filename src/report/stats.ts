/* Statistics of the reports. Pure arithmetic; what each means is said where it is printed. */

/** A share below this many cases is marked as a small sample; its interval says how little it tells (domain.md C2). */
export const SMALL = 20;
/** A median of fewer cases is withheld, as are the other percentiles of fewer than SMALL. */
export const FEW = 5;

const Z = 1.959963984540054;

/** Wilson's 95 % interval of a share. Null without a case. */
export function wilson(hits: number, of: number): { low: number; high: number } | null {
  if (of <= 0) return null;
  const share = hits / of;
  const spread = (Z * Math.sqrt((share * (1 - share)) / of + (Z * Z) / (4 * of * of))) / (1 + (Z * Z) / of);
  const centre = (share + (Z * Z) / (2 * of)) / (1 + (Z * Z) / of);
  return { low: Math.max(0, hits === 0 ? 0 : centre - spread), high: Math.min(1, hits === of ? 1 : centre + spread) };
}

/** The smallest value that at least the share `p` of the values do not exceed (nearest rank). `sorted` is ascending. Null of none. */
export function percentile(sorted: ArrayLike<number>, p: number): number | null {
  if (sorted.length === 0) return null;
  return sorted[Math.max(0, Math.ceil(p * sorted.length - 1e-9) - 1)] as number;
}

/**
 * Kaplan–Meier: the times by which the shares `ps` of all cases have arrived, when those still open (or gone without arriving) are counted for as long
 * as they were watched. Both lists ascending. Null where fewer than that share have been seen to arrive.
 */
export function kaplanMeier(arrived: ArrayLike<number>, watched: ArrayLike<number>, ps: readonly number[]): (number | null)[] {
  const out: (number | null)[] = ps.map(() => null);
  let atRisk = arrived.length + watched.length;
  let surviving = 1;
  let gone = 0;
  for (let index = 0; index < arrived.length; ) {
    const time = arrived[index] as number;
    let events = 0;
    while (index < arrived.length && arrived[index] === time) {
      events += 1;
      index += 1;
    }
    // Who stopped being watched before this moment is at risk no more; who stopped at it still is.
    while (gone < watched.length && (watched[gone] as number) < time) {
      gone += 1;
      atRisk -= 1;
    }
    surviving *= 1 - events / atRisk;
    atRisk -= events;
    ps.forEach((p, place) => {
      if (out[place] === null && surviving <= 1 - p + 1e-12) out[place] = time;
    });
  }
  return out;
}

/** Shares an amount of cents by weights so that the parts add up to it exactly: the largest remainders get the cents left over. */
export function shareOut(cents: number, weights: readonly number[]): number[] {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  if (total <= 0) return weights.map(() => 0);
  const exact = weights.map((weight) => (cents * weight) / total);
  const parts = exact.map(Math.floor);
  let left = cents - parts.reduce((sum, part) => sum + part, 0);
  const order = exact.map((value, index) => ({ index, rest: value - Math.floor(value) })).sort((a, b) => b.rest - a.rest || a.index - b.index);
  for (const { index } of order) {
    if (left <= 0) break;
    parts[index] = (parts[index] as number) + 1;
    left -= 1;
  }
  return parts;
}
