import { setFlagsFromString } from 'node:v8';

/* What Concord's processes ask of V8. */

const V8 = Number.parseInt(process.versions.v8, 10);

/**
 * For a process that runs: V8 lets the heap grow to four times what was alive at the last collection before it collects again, and a run, which holds
 * little and makes much, would fill it. Twice is enough: a few more collections, and memory that does not follow the number of people (design.md
 * section 10). V8 reads the setting at every collection, so it may be given to a process that has begun. From V8 13 on (Node 24) it keeps such a heap small
 * by itself.
 */
export function keepHeapSmall(): void {
  if (V8 < 13) setFlagsFromString('--heap-growing-percent=100');
}

/**
 * For every process, as early as it can: V8 compiles a function for good once it has run a while, and by its own measure of a while a run of ten
 * thousand people spends a quarter of its processor time on compiling, a short command a fifth, on cores that the database and the CRMs' answers wait for.
 * Six times as long a while leaves out what is not used long enough to earn it back; what a large run does a million times is compiled all the same. From
 * V8 12 on (Node 22) there is no such setting, and V8 complains on stderr of one that it does not know: it compiles in steps of its own there.
 */
export function compileLess(): void {
  if (V8 < 12) setFlagsFromString('--interrupt-budget=400000');
}
