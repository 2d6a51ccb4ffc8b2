import type { EpisodeFact, Test } from '../../domain/report';
import type { EpochMs } from '../../domain/record';
import type { LadderStage } from '../../domain/stage';
import type { StoreReader } from '../../store/port';

const DAYS_30 = 30 * 86_400_000;
/** Stages whose entries are found by an index. */
const STAGES = ['lead', 'mql', 'sal', 'sql', 'opportunity', 'customer'] as const satisfies readonly LadderStage[];

/** What the last 30 days brought, by the facts that the reports count (docs/reports.md: flow, rejections, answer SLA). */
export interface Month {
  entries: [stage: LadderStage, n: number][];
  /** The most frequent first; null: without a reason (F4). */
  rejections: [reason: string | null, n: number][];
  handed: number;
  /** Of those handed over whose answer was due or has come. */
  answersDue: number;
  answersInTime: number;
}

export async function monthOf(store: Pick<StoreReader, 'reportGroups'>, now: EpochMs): Promise<Month> {
  const since = (column: keyof EpisodeFact): Test => ({ all: [{ column, from: now - DAYS_30 }, { column: 'in_scope', in: [1] }] });
  const entries: Month['entries'] = [];
  for (const stage of STAGES) {
    const [row] = await store.reportGroups({ of: 'episodes', where: since(`${stage}_at`), by: null, counts: { n: { all: [] } } });
    entries.push([stage, row?.counts['n'] ?? 0]);
  }
  const rejected = await store.reportGroups({ of: 'episodes', where: since('rejected_at'), by: { column: 'reason' }, counts: { n: { all: [] } } });
  const answered: Test = { column: 'answered_at', known: true };
  const [handed] = await store.reportGroups({
    of: 'episodes',
    where: since('handed_at'),
    by: null,
    counts: {
      n: { column: 'adopted', in: [0] },
      due: { any: [{ column: 'answer_due', before: now }, { all: [{ column: 'answer_due', known: true }, answered] }] },
      inTime: { column: 'answered_at', within: 'answer_due', plus: 0 },
    },
  });
  return {
    entries,
    rejections: rejected.map((row): [string | null, number] => [row.key === null ? null : String(row.key), row.counts['n'] ?? 0]).sort((a, b) => b[1] - a[1]),
    handed: handed?.counts['n'] ?? 0,
    answersDue: handed?.counts['due'] ?? 0,
    answersInTime: handed?.counts['inTime'] ?? 0,
  };
}
