import cliProgress from 'cli-progress';
import type { Progress } from '../run/parts';

/** A bar on stderr for long steps when a person is looking; nothing otherwise. */
export function terminalProgress(show: boolean): Progress {
  if (!show) return { step: () => undefined, advance: () => undefined, done: () => undefined };
  let bar: cliProgress.SingleBar | null = null;
  return {
    step(name, total) {
      bar?.stop();
      bar = new cliProgress.SingleBar({ format: total === undefined ? `${name} {value}` : `${name} [{bar}] {value}/{total}`, stream: process.stderr, clearOnComplete: true, hideCursor: true });
      bar.start(total ?? 0, 0);
    },
    advance(by) {
      bar?.increment(by);
    },
    done() {
      bar?.stop();
      bar = null;
    },
  };
}
