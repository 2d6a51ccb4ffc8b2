import type { CrmName, EpochMs, MirrorRecord, ObjectName } from '../domain/record';
import { ConcordError, EXIT } from '../domain/problem';
import type { Store } from '../store/port';
import type { MessageChannel, Messenger } from '../domain/notification';
import type { ConnectionFacts, CrmPort } from '../crm/port';
import type { Terms } from '../core/terms';
import type { FieldPlan } from './fieldPlan';
import type { Portion } from './portion';

/** Where a long step stands, for a terminal. */
export interface Progress {
  step(name: string, total?: number): void;
  advance(by: number): void;
  done(): void;
}

export interface RunLog {
  info(message: string, fields?: Record<string, unknown>): void;
  warn(message: string, fields?: Record<string, unknown>): void;
  error(message: string, fields?: Record<string, unknown>): void;
}

/** Everything a run works with; joined in `wire.ts`. */
export interface Parts {
  store: Store;
  hubspot: CrmPort;
  salesforce: CrmPort;
  terms: Terms;
  fields: FieldPlan;
  clock: () => EpochMs;
  /** A new run or journal id, in the order of time. */
  newId: () => string;
  /** A keyed hash of an e-mail or id, for what was forgotten. */
  hash: (value: string) => string;
  /** Who holds the lock: host and process, for messages. */
  holder: string;
  log: RunLog;
  progress: Progress;
  /** Aborted when the process is asked to stop: a run ends between two batches, and the next one goes on from there (W7). */
  stop?: AbortSignal;
  /** Those that the environment has what they need for. */
  messengers: Partial<Record<MessageChannel, Messenger>>;
}

/** A field of the agreement that the CRM returned at the last run and does not return now; `*`: the whole object. */
export interface LostField {
  crm: CrmName;
  object: ObjectName;
  field: string;
}

/** What a run knows beyond its parts while it goes. */
export interface Pass {
  parts: Parts;
  run: string;
  fence: number;
  now: EpochMs;
  hubspot: ConnectionFacts;
  salesforce: ConnectionFacts;
  /** The first run, before which nobody was governed. */
  adopting: boolean;
  /** Whom adoption has reached, and whom this run adds (L7). */
  portion: Portion;
  /** When the first run had adopted the CRMs (L7). Null: not yet, or not known. */
  adoptedAt: EpochMs | null;
  readUpTo: { hubspot: EpochMs; salesforce: EpochMs };
  /** Fields and objects that were returned at the last run and are not now (M5). */
  lost: LostField[];
}

export function port(parts: Parts, crm: 'hubspot' | 'salesforce'): CrmPort {
  return crm === 'hubspot' ? parts.hubspot : parts.salesforce;
}

export function urlOf(pass: Record<'hubspot' | 'salesforce', Pick<ConnectionFacts, 'recordUrl'>>): (record: MirrorRecord) => string {
  return (record) => pass[record.ref.crm].recordUrl(record.ref.object, record.ref.id);
}

/** Splits a list into pieces of at most `size`. */
export function chunks<T>(list: T[], size: number): T[][] {
  const out: T[][] = [];
  for (let index = 0; index < list.length; index += size) out.push(list.slice(index, index + size));
  return out;
}

/** Between two batches: throws ConcordError `interrupted` when the process has been asked to stop. What was begun has its outcome by then. */
export function unlessStopped(parts: Pick<Parts, 'stop'>): void {
  if (parts.stop?.aborted !== true) return;
  throw new ConcordError({ code: 'interrupted', message: 'the run was asked to stop', remedy: 'The next run goes on from there; nothing is lost.', exit: EXIT.failed });
}

export const quiet: Progress = { step: () => undefined, advance: () => undefined, done: () => undefined };

/**
 * Lets timers and other work have their turn. SQLite answers without ever waiting, so that a long loop over the store alone would starve the lock's
 * renewal, signals and webhooks for as long as it goes on.
 */
export function breathe(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
