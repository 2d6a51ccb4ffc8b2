/** A seeded stream of numbers in [0, 1): the same seed gives the same tests (mulberry32). */
export interface Random {
  next(): number;
  /** A whole number from 0 to below `limit`. */
  below(limit: number): number;
  pick<T>(list: readonly T[]): T;
  /** A copy in another order. */
  shuffle<T>(list: readonly T[]): T[];
}

export function seeded(seed: number): Random {
  let state = (seed + 0x9e3779b9) >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  const below = (limit: number): number => Math.floor(next() * limit);
  return {
    next,
    below,
    pick: (list) => list[below(list.length)] as (typeof list)[number],
    shuffle: (list) => {
      const out = [...list];
      for (let index = out.length - 1; index > 0; index -= 1) {
        const other = below(index + 1);
        [out[index], out[other]] = [out[other] as (typeof out)[number], out[index] as (typeof out)[number]];
      }
      return out;
    },
  };
}
