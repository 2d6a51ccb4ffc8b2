import { createHash } from 'node:crypto';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { deserialize, serialize } from 'node:v8';

/*
 * What takes long to make and is the same for many tests, both CRMs as setup leaves them above all: made once, then copied. `npm test` names a folder of
 * its own run's, which all test files share; without one (a bare Jest, or one that watches) each file makes its own.
 */

const own = new Map<string, Buffer>();

/** What is kept under `key`, a copy of its own; null: nothing yet. `key` names everything that the value follows from but the sources. */
export function keptStart<T>(key: string): T | null {
  const kept = own.get(key) ?? read(key);
  if (kept === null) return null;
  own.set(key, kept);
  // What is read out of a buffer lies in it: of a copy, so that nobody writes into what is kept.
  return deserialize(Buffer.from(kept)) as T;
}

/** Keeps a value of data and buffers for this file and, in a run of `npm test`, for the others. */
export function keepStart(key: string, value: unknown): void {
  const kept = serialize(value);
  own.set(key, kept);
  const file = fileOf(key);
  if (file === null) return;
  // Whole or not at all: the other worker may be reading.
  const beside = `${file}.${process.pid}`;
  writeFileSync(beside, kept);
  renameSync(beside, file);
}

function read(key: string): Buffer | null {
  const file = fileOf(key);
  if (file === null) return null;
  try {
    return readFileSync(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

function fileOf(key: string): string | null {
  const folder = process.env['CONCORD_TEST_STARTS'];
  return folder === undefined || folder === '' ? null : join(folder, `start-${createHash('sha256').update(key).digest('hex')}`);
}
