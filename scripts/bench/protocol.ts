import type { RunSummary } from '../../src/run/run';
import type { Usage } from '../../src/crm/port';

/* What the bench says to its two kinds of child process. */

/** Where the two local CRMs listen. */
export interface Addresses {
  hubspot: { url: string; token: string; clientSecret: string };
  salesforce: { url: string; clientId: string; clientSecret: string };
}

export type Limits = 'real' | 'off';

/** How the sandbox's process is started. */
export interface SandboxStart {
  file: string;
  limits: Limits;
}

/** Changes made by people in the CRMs. */
export type Change =
  /** Reps start to work new leads in Salesforce. */
  | 'reps_accept'
  /** Reps reject leads in Salesforce, with a reason. */
  | 'reps_reject'
  /** Marketing edits job titles in HubSpot. */
  | 'marketing_edits'
  /** Marketing sets contacts to MQL by hand in HubSpot. */
  | 'marketing_stages';

export type SandboxRequest =
  | { do: 'generate'; people: number; seed: number }
  /** Fills the CRMs and the store with a world in which Concord's work is done. */
  | { do: 'settle'; people: number; seed: number; storeFile: string }
  | { do: 'change'; kind: Change; count: number }
  | { do: 'advance'; ms: number }
  /** HubSpot's calls in ten seconds, by the portal's subscription. */
  | { do: 'tier'; perTenSeconds: number }
  | { do: 'calls' }
  /** HubSpot sends its webhooks there from now on. */
  | { do: 'webhooks'; url: string }
  /** A rep rejects a lead; answers when the reason is on the HubSpot contact. */
  | { do: 'reject_and_wait' }
  /** A marketer edits a job title; answers when it is on the lead. */
  | { do: 'edit_and_wait' }
  | { do: 'close' };

/** The calls since they were last asked for. */
export interface CallCounts {
  hubspot: { count: number; refused: number };
  salesforce: { count: number; refused: number };
}

export interface SandboxReplies {
  generate: { records: number };
  settle: { records: number };
  change: { changed: number };
  advance: Record<string, never>;
  tier: Record<string, never>;
  calls: CallCounts;
  webhooks: Record<string, never>;
  reject_and_wait: { ms: number };
  edit_and_wait: { ms: number };
  close: Record<string, never>;
}

export interface ConcordStart {
  addresses: Addresses;
  limits: Limits;
  storeFile: string;
  /** Concord's clock runs this much ahead of the machine's, as the sandbox's does. */
  aheadMs: number;
  job: Job;
}

export type Job =
  | { job: 'setup' }
  | { job: 'run'; full?: boolean; dryRun?: boolean }
  /** Reads everything and sends the writes that the store's journal holds, with nothing in between. */
  | { job: 'bare' }
  | { job: 'engine'; people: number; seed: number; rounds: number };

export interface Spent {
  wallMs: number;
  /** User and system time of the process during the job. */
  cpuMs: number;
  /** Peak resident memory of the whole process, in MB (1,000,000 bytes). */
  peakMb: number;
}

/** What a run sent, by its journal: the number of records of each kind of write, and how many of them ask for a re-reading. */
export interface Sent {
  hubspot: { updates: number; creates: number; contested: number; readBack: number; clears: number };
  salesforce: { leadUpdates: number; contactUpdates: number; creates: number; contestedLeads: number; contestedContacts: number };
}

export interface RunResult extends Spent {
  summary: RunSummary;
  sent: Sent;
  /** Wall and processor time of each step of the run, by its name, ms. */
  steps: Record<string, { wallMs: number; cpuMs: number }>;
  usage: { hubspot: Usage; salesforce: Usage };
  storeBytes: number;
}

export interface BareResult extends Spent {
  records: number;
  writes: number;
}

export interface EngineReply extends Spent {
  people: number;
  writes: number;
}

export interface JobReplies {
  setup: Spent;
  run: RunResult;
  bare: BareResult;
  engine: EngineReply;
}

/** Every answer of a child. */
export type Answer<T> = { ok: true; value: T } | { ok: false; error: string };

/** A server over a store (serverProcess.ts). */
export interface StoreServerStart {
  file: string;
  /** Its clock stands. Epoch milliseconds. */
  now: number;
  password: string;
  token: string;
}

export interface StoreServerRequest {
  do: 'filled' | 'runEnded' | 'close';
}
