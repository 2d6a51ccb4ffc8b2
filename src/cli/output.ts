import { ConcordError, EXIT } from '../domain/problem';

/**
 * A run must not end in the middle because its words cannot be written: the log's reader may go, a disk may be full. Whoever reads the result may stop
 * (`| head`), which is no fault; a result that could not be written otherwise is one, told by `lost` when the work is done.
 */
export function surviveOutput(): { lost(): ConcordError | null } {
  let code: string | null = null;
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') code ??= error.code ?? 'unknown';
  });
  process.stderr.on('error', () => undefined);
  return {
    lost: () => (code === null ? null : new ConcordError({ code: 'cannot_write', message: 'the work is done, but its result could not be written to stdout', where: `stdout (${code})`, remedy: 'See that the disk or the program that takes the output has room. The store has everything: look at `concord runs`.', exit: EXIT.failed })),
  };
}
