import type { CompiledAgreement } from '../agreement/compile';
import type { ServerSettings } from '../config/load';
import type { EpochMs } from '../domain/record';
import type { RunSummary } from '../run/run';
import type { Store } from '../store/port';
import type { ReportDesk } from './reportDesk';

/** What the runner is asked for. `allowed`: a run that a person lets go over the guard's limits (W6, L7); `rollback`: W9. */
export type Work = 'sync' | 'full' | 'allowed' | 'targeted' | 'feedback' | 'rollback' | 'weekly' | 'review';

/** A rollback as a person asks for it. Not `apply`: only its plan is made. */
export interface RollbackWish {
  run: string;
  apply: boolean;
  allowLargeChange: boolean;
}

/** What became of it, as far as this process knows. */
export interface RollbackState extends RollbackWish {
  state: 'waiting' | 'under_way' | 'done' | 'failed';
  /** The run that did it, once it is done. */
  by: string | null;
  problem: { code: string; message: string; remedy: string } | null;
}

/** Where the run under way stands: a step (`connecting reading deciding writing`), and how far it is. */
export interface RunProgress {
  step: string;
  done: number;
  /** Null: not known. */
  total: number | null;
}

/** How the process stands, apart from what the store tells. */
export interface ServeStatus {
  startedAt: EpochMs;
  underWay: Work | null;
  /** Null: nothing is under way, or it has not said yet. */
  progress: RunProgress | null;
  /** The latest ones asked for here, newest first. */
  rollbacks: readonly RollbackState[];
  /** When the next run is due by the schedule. */
  next: EpochMs | null;
  /** The last failure since the last success of its kind; null: none. */
  failure: { work: Work; code: string; message: string; remedy: string; at: EpochMs } | null;
  stopping: boolean;
}

export interface DeliveryCounts {
  fresh: number;
  repeated: number;
  ignored: number;
}

/** What is counted for `/metrics`. */
export interface Heard {
  delivery(outcome: 'taken' | 'forged' | 'unreadable' | 'closed', counts?: DeliveryCounts): void;
  work(work: Work, outcome: string, seconds: number, summary: RunSummary | null): void;
  runnerStarted(): void;
}

/** What the pages and doors may ask for; it is done in its turn, elsewhere. */
export interface Ask {
  targeted(): void;
  run(full: boolean): void;
  /**
   * A run that goes over the guard's limits, because a person has looked at the plan and said yes. `portion`: as far as this percent of the people is
   * adopted (L7); null: as far as they are, or everybody where nobody is yet.
   */
  allowed(portion: number | null): void;
  rollback(wish: RollbackWish): void;
}

/** Everything the pages and doors of `serve` work with. */
export interface WebParts {
  store: Store;
  /** The one that counts now: an edited one replaces it. */
  readonly agreement: CompiledAgreement;
  server: ServerSettings;
  /** Signs sessions; null: nobody can log in. */
  secret: string | null;
  /** How the world reaches this server, without trailing slash; never taken from a request. */
  publicUrl: () => string;
  clock: () => EpochMs;
  log: { info(message: string, fields?: Record<string, unknown>): void; warn(message: string, fields?: Record<string, unknown>): void; error(message: string, fields?: Record<string, unknown>): void };
  /** The portal that the store belongs to; null before its first run. */
  portalId: () => Promise<string | null>;
  ask: Ask;
  status: () => ServeStatus;
  reports: ReportDesk;
  heard: Heard;
}
