/** One measured figure beside its target of the performance contract. */
export interface Figure {
  name: string;
  /** In words, with its number. */
  target: string;
  measured: string;
  /** Null: there is no target, the figure explains another. */
  met: boolean | null;
  values: Record<string, number>;
}

export function median(values: number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? (sorted[middle] as number) : ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2;
}

/** Three significant digits at most, thousands apart: 0.123, 1.23, 12.3, 123, 12,300. */
export function figures(value: number): string {
  if (value >= 100) return Math.round(value).toLocaleString('en-US');
  return value.toFixed(value >= 10 ? 1 : 2);
}
