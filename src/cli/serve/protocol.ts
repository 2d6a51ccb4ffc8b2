import type { Settings } from '../../config/load';
import type { ExitCode } from '../../domain/problem';
import type { CrmName } from '../../domain/record';
import type { RunSummary } from '../../run/run';
import type { RollbackWish, RunProgress, Work } from '../../web/parts';

/* What the server and the process that does its runs say to each other, over the channel between them: never on disk, never on the network. */

export type ToRunner =
  | { type: 'open'; settings: Settings; agreementFile: string }
  | { type: 'work'; id: number; work: Work; undo: RollbackWish | null; portion: number | null }
  /** End between two batches, then end the process. */
  | { type: 'stop' };

/** What became of a work. */
export interface Worked {
  /** `ok partial stopped` of a run; `quiet too_much not_adopted` of a pass that made none; `planned`, too, of a rollback. */
  outcome: string;
  summary: RunSummary | null;
  /** The run that undid another one, or planned to. */
  rollback: string | null;
  /** Of the agreement it was done under. */
  agreement: string;
}

/** Whose trouble it is, where it is a CRM's. */
export interface CrmOf {
  crm: CrmName;
}

export type FromRunner =
  /** Where the work under way stands; null: it has ended. */
  | { type: 'progress'; progress: RunProgress | null }
  | { type: 'done'; id: number; worked: Worked }
  | { type: 'failed'; id: number; error: { code: string; message: string; remedy: string; exit: ExitCode; details?: CrmOf } };
