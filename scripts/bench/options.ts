export const FIGURES = ['no-change', 'settled', 'calls', 'first-run', 'limits', 'engine', 'memory', 'latency', 'reports'] as const;
export type FigureName = (typeof FIGURES)[number];

export interface BenchOptions {
  /** Sizes of first runs: the smallest for time, all for memory. */
  people: number[];
  /** The largest size of a quiet run; null: none beyond the smallest of `people`. */
  noChange: number | null;
  /** How many records change for the calls figure. */
  changed: number;
  rounds: number;
  seed: number;
  only: FigureName[];
  json: boolean;
}

export const USAGE = `npm run bench -- [--people 10000,100000] [--no-change 1000000] [--changed 1000] [--rounds 3] [--seed 1] [--only ${FIGURES.join('|')}] [--json]`;

/** Reads the options; a text says what is wrong with them. */
export function parseOptions(args: string[]): BenchOptions | string {
  const options: BenchOptions = { people: [10_000, 100_000], noChange: 1_000_000, changed: 1_000, rounds: 3, seed: 1, only: [...FIGURES], json: false };
  const numbers = (text: string | undefined): number[] | null => {
    const list = (text ?? '').split(',').map((part) => (/^\d+$/.test(part.trim()) ? Number(part) : Number.NaN));
    return list.every((value) => Number.isSafeInteger(value) && value >= 0) ? list : null;
  };
  for (let place = 0; place < args.length; place += 1) {
    const arg = args[place] as string;
    if (arg === '--json') {
      options.json = true;
      continue;
    }
    place += 1;
    const value = args[place];
    if (arg === '--only') {
      const names = (value ?? '').split(',');
      const unknown = names.find((name) => !(FIGURES as readonly string[]).includes(name));
      if (unknown !== undefined) return `--only takes ${FIGURES.join(', ')}, not “${unknown}”`;
      options.only = names as FigureName[];
      continue;
    }
    const given = numbers(value);
    const one = given?.length === 1 ? (given[0] as number) : null;
    if (arg === '--people' && given !== null && given.every((each) => each >= 10)) options.people = [...given].sort((a, b) => a - b);
    else if (arg === '--no-change' && one !== null) options.noChange = one === 0 ? null : one;
    else if (arg === '--changed' && one !== null && one > 0) options.changed = one;
    else if (arg === '--rounds' && one !== null && one > 0) options.rounds = one;
    else if (arg === '--seed' && one !== null) options.seed = one;
    else return `${arg} ${value ?? ''} is not understood`;
  }
  return options;
}
