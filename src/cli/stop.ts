import { constants } from 'node:os';
import { hint } from './print';

/** Copies of one signal within this time are one: a terminal and npm may both send theirs. */
const ONE_SIGNAL_MS = 1000;

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Runs `work` with a signal that is aborted when somebody asks this process to stop (Ctrl-C, a supervisor, a terminal that is closed): the run then ends
 * between two batches and gives its lock back, so that the next one need not wait for it. Asked once more the process ends at once, as by the signal.
 */
export async function stoppable<T>(work: (stop: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  let askedAt: number | null = null;
  const asked = (name: (typeof SIGNALS)[number]): void => {
    if (askedAt === null) {
      askedAt = performance.now();
      hint('Stopping: the batch under way is finished first. Asked once more, it ends at once.');
      controller.abort();
    } else if (performance.now() - askedAt > ONE_SIGNAL_MS) process.exit(128 + constants.signals[name]);
  };
  for (const name of SIGNALS) process.on(name, asked);
  try {
    return await work(controller.signal);
  } finally {
    for (const name of SIGNALS) process.removeListener(name, asked);
  }
}
