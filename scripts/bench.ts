import { hint, json, say, table } from '../src/cli/print';
import { discard } from './bench/compiled';
import type { Figure } from './bench/figure';
import { calls, engine, firstRun, limits, memory, noChange, settled } from './bench/figures';
import { latency } from './bench/latency';
import { reports } from './bench/reports';
import { parseOptions, USAGE, type BenchOptions, type FigureName } from './bench/options';
import { openBench, type Bench } from './bench/worlds';

/* `npm run bench`: the performance contract, measured against the two local CRMs. docs/performance.md tells the method. */

/** HubSpot's calls in ten seconds: of a Professional portal, of a Starter one, and few enough that the limit is slower than a busy small machine. */
const TIERS = [190, 100, 30];

async function measure(bench: Bench, name: FigureName, options: BenchOptions): Promise<Figure[]> {
  const smallest = options.people[0] ?? 10_000;
  switch (name) {
    case 'no-change':
      return noChange(bench, [smallest, ...(options.noChange === null ? [] : [options.noChange])], options.rounds);
    case 'settled':
      return settled(bench, smallest);
    case 'calls':
      return calls(bench, smallest, options.changed);
    case 'first-run':
      return firstRun(bench, smallest, options.rounds);
    case 'limits': {
      const out: Figure[] = [];
      for (const tier of TIERS) out.push(...(await limits(bench, smallest, tier)));
      return out;
    }
    case 'engine':
      return engine(bench, Math.min(smallest, 10_000), options.rounds * 2);
    case 'reports':
      return reports(bench.path('reports.db'), options.people.at(-1) ?? 100_000, hint);
    case 'memory':
      return memory(bench, options.people, options.noChange);
    case 'latency':
      return latency(bench, smallest, options.rounds);
  }
}

async function main(): Promise<number> {
  const options = parseOptions(process.argv.slice(2));
  if (typeof options === 'string') {
    hint(`${options}\n${USAGE}`);
    return 2;
  }
  const bench = openBench(options.seed, hint);
  const all: Figure[] = [];
  try {
    for (const name of options.only) {
      const measured = await measure(bench, name, options);
      all.push(...measured);
      if (options.json) continue;
      for (const figure of measured) hint(`${figure.met === false ? 'MISSED' : 'ok    '} ${figure.name}: ${figure.measured}`);
    }
  } finally {
    bench.close();
    discard();
  }
  if (options.json) json({ options, figures: all });
  else {
    say();
    table(['figure', 'target', 'measured', ''], all.map((figure) => [figure.name, figure.target, figure.measured, figure.met === null ? '' : figure.met ? 'met' : 'MISSED']));
  }
  return all.some((figure) => figure.met === false) ? 1 : 0;
}

main().then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    hint(`bench failed: ${error instanceof Error ? error.message : String(error)}`);
    process.exitCode = 1;
  },
);
