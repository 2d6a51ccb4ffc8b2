import { touchAwaitedSince } from '../core/decide/rules/touch';
import { TASK_CLOSED } from '../core/observe';
import type { PersonState } from '../domain/person';
import type { ClosedTask, EpochMs, MirrorRecord } from '../domain/record';
import { refKey } from '../domain/record';
import type { Pass } from './parts';

/**
 * S1: tasks that were closed on leads and contacts. Kept on the record, and news for the person, only while a first touch is waited for: of the many that a sales
 * team closes nobody else is decided anew. Returns the people it queued.
 */
export async function takeTasks(pass: Pass, closed: readonly ClosedTask[]): Promise<string[]> {
  const { store } = pass.parts;
  const latest = new Map<string, ClosedTask>();
  for (const task of closed) if (task.at > (latest.get(refKey(task.on))?.at ?? 0)) latest.set(refKey(task.on), task);
  if (latest.size === 0) return [];
  const records = (await store.records([...latest.values()].map((task) => task.on))).filter((record) => record.personId !== null && record.gone === undefined);
  const rows = await store.people([...new Set(records.map((record) => record.personId as string))]);
  const states = new Map(rows.map((row) => [row.id, row.state as PersonState | null]));
  const touched = records.flatMap((record): MirrorRecord[] => {
    const at = latest.get(refKey(record.ref))?.at as EpochMs;
    const after = touchAwaitedSince(states.get(record.personId as string) ?? null, record.owner);
    return after === null || at <= Math.max(after, record.since[TASK_CLOSED]?.at ?? 0) ? [] : [{ ...record, since: { ...record.since, [TASK_CLOSED]: { at } } }];
  });
  if (touched.length === 0) return [];
  const people = [...new Set(touched.map((record) => record.personId as string))];
  await store.transaction(
    pass.fence,
    async (tx) => {
      await tx.putRecords(touched);
      await tx.enqueue(people, 'changed', pass.now);
    },
    'soon',
  );
  return people;
}
