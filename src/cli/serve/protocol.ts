import type { Settings } from '../../config/load';
import type { ExitCode } from '../../domain/problem';
import type { RunSummary } from '../../run/run';
import type { Work } from '../../web/parts';

/* What the server and the process that does its runs say to each other, over the channel between them: never on disk, never on the network. */

export type ToRunner =
  | { type: 'open'; settings: Settings; agreementFile: string }
  | { type: 'work'; id: number; work: Work }
  /** End between two batches, then end the process. */
  | { type: 'stop' };

/** What became of a work. */
export interface Worked {
  /** `ok partial stopped` of a run; `quiet too_much not_adopted` of a pass that made none. */
  outcome: string;
  summary: RunSummary | null;
  /** Of the agreement it was done under. */
  agreement: string;
}

export type FromRunner =
  | { type: 'done'; id: number; worked: Worked }
  | { type: 'failed'; id: number; error: { code: string; message: string; remedy: string; exit: ExitCode } };
