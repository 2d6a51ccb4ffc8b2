import { chmodSync, closeSync, existsSync, fsyncSync, mkdirSync, openSync, realpathSync, renameSync, rmSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ConcordError, EXIT } from '../domain/problem';
import type { EnvironmentName } from './schema';
import { readText } from './text';

const HEADER = '# Written by concord init. .env.example explains each variable.\n';

/**
 * The text of an env file with these variables set: their lines are replaced where they stand (commented ones are comments and stay), new ones stand at the
 * end; every other line is kept as it is. Values are quoted so that Node reads back what was given. Throws ConcordError `bad_value` (exit 2), naming the
 * variable and never the value, for one that no env file can hold.
 */
export function withVariables(text: string, values: Partial<Record<EnvironmentName, string>>): string {
  let out = text === '' ? HEADER : text.endsWith('\n') ? text : `${text}\n`;
  for (const [name, value] of Object.entries(values)) {
    const line = `${name}=${quoted(name, value)}`;
    const standing = new RegExp(`^[ \\t]*(?:export[ \\t]+)?${name}[ \\t]*=.*$`, 'gm');
    // A function, because `$&` in a secret is no reference.
    out = standing.test(out) ? out.replace(standing, () => line) : `${out}${line}\n`;
  }
  return out;
}

function quoted(name: string, value: string): string {
  if (/^[\w.:/@%+,~!?&=-]*$/.test(value)) return value;
  if (!/[\r\n]/.test(value)) for (const quote of ["'", '`']) if (!value.includes(quote)) return `${quote}${value}${quote}`;
  throw new ConcordError({ code: 'bad_value', message: `${name} holds characters that an env file cannot hold`, where: name, remedy: 'Leave out line breaks, or set the variable in the environment instead.', exit: EXIT.usage });
}

/** Sets variables in an env file that only its owner may read (0600), in one step: a crash leaves the old file or the new one. */
export function saveVariables(file: string, values: Partial<Record<EnvironmentName, string>>): void {
  const before = existsSync(file) ? readText(file) : '';
  writeWhole(file, withVariables(before, values), 0o600);
}

/** Writes a file by a temporary one beside it and a rename. A link is followed: the file behind it is written. */
export function writeWhole(file: string, text: string, mode: number): void {
  const target = existsSync(file) ? realpathSync(file) : file;
  const folder = dirname(target);
  const temporary = join(folder, `.${process.pid}.${Math.trunc(performance.now() * 1000)}.tmp`);
  try {
    mkdirSync(folder, { recursive: true });
    const handle = openSync(temporary, 'wx', mode);
    try {
      writeSync(handle, text);
      fsyncSync(handle);
    } finally {
      closeSync(handle);
    }
    // The process's mask may have taken bits away or a file system may have added some.
    chmodSync(temporary, mode);
    renameSync(temporary, target);
  } catch (cause) {
    if (existsSync(temporary)) rmSync(temporary);
    throw new ConcordError({ code: 'cannot_write', message: `${file} cannot be written`, where: file, remedy: 'Give the user that runs Concord permission to write there, and see that the disk has room.', exit: EXIT.failed, cause });
  }
}
