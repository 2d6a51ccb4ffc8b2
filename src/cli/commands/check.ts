import { ConcordError, EXIT, type ExitCode } from '../../domain/problem';
import { checkParts, type CheckLine } from '../../run/checks';
import { colors, json, plain, say } from '../print';
import { withSession, type CommonOptions } from '../session';

/** `concord check`: each line ok or what to do about it; exit 2 when something keeps a run from working. */
export async function check(options: CommonOptions): Promise<ExitCode> {
  const lines: CheckLine[] = [];
  try {
    await withSession(options, ({ parts }) => checkParts(parts, lines));
  } catch (error) {
    if (!(error instanceof ConcordError)) throw error;
    lines.push({ id: error.code, ok: false, blocks: true, message: error.where === undefined || error.message.includes(error.where) ? error.message : `${error.message} (${error.where})`, remedy: error.remedy });
  }
  const ok = !isBlocked(lines);
  if (options.json === true) json({ ok, checks: lines });
  else {
    printChecks(lines);
    const warnings = lines.filter((line) => !line.ok && !line.blocks).length;
    if (ok) say(warnings === 0 ? 'Everything is in place.' : `Runs can work; ${warnings} ${warnings === 1 ? 'thing' : 'things'} to look at.`);
  }
  return ok ? EXIT.done : EXIT.usage;
}

/** Whether a run could not do its work. */
export function isBlocked(lines: readonly CheckLine[]): boolean {
  return lines.some((line) => !line.ok && line.blocks);
}

export function printChecks(lines: readonly CheckLine[]): void {
  lines.forEach((line, index) => {
    say(`${line.ok ? colors.green('ok  ') : line.blocks ? colors.red('FAIL') : colors.yellow('warn')} ${plain(line.message)}`);
    // Said once for lines that follow each other: everything that setup makes has one remedy.
    if (line.remedy !== null && line.remedy !== lines[index + 1]?.remedy) say(`       ${plain(line.remedy)}`);
  });
}
