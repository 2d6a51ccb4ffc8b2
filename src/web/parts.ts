import type { CompiledAgreement } from '../agreement/compile';
import type { ServerSettings } from '../config/load';
import type { EpochMs } from '../domain/record';
import type { RunSummary } from '../run/run';
import type { Store } from '../store/port';

/** What the runner is asked for. */
export type Work = 'sync' | 'full' | 'targeted' | 'feedback' | 'weekly' | 'review';

/** How the process stands, apart from what the store tells. */
export interface ServeStatus {
  startedAt: EpochMs;
  underWay: Work | null;
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
  ask: { targeted(): void; run(full: boolean): void };
  status: () => ServeStatus;
  heard: Heard;
}
