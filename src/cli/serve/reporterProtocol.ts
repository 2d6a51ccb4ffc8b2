import type { Agreement } from '../../agreement/schema';
import type { ExitCode } from '../../domain/problem';
import type { ReportTask } from '../../run/reportTasks';

/* What the server and a process that counts for it say to each other, over the channel between them. */

export type ToReporter =
  | { type: 'open'; databaseUrl: string }
  /** The agreement that counts from now on: as the server has it, not as its file is by now. */
  | { type: 'agreement'; settings: Agreement; hash: string }
  | { type: 'task'; id: number; task: ReportTask };

export type FromReporter =
  | { type: 'done'; id: number; answer: unknown }
  | { type: 'failed'; id: number; error: { code: string; message: string; where: string | null; remedy: string; exit: ExitCode } };
