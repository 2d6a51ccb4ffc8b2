import type { Actor, EpochMs, MirrorRecord } from '../../../domain/record';
import { SHOWN } from '../../../domain/ownFields';
import { sameValue } from '../../observe';
import { standOf } from '../../plan/hold';
import { contestKey, type Context } from '../context';
import type { DesiredRecord, Drift } from '../desired';

/*
 * W12: others changed a field back three times after Concord wrote it: Concord stops, says whose doing it is, and holds the field. A *change back* is a
 * foreign value where nothing new is to be written: the person stands as before, or, of a mapped field, the value that travels is the one both agreed on.
 */

const TIMES = 3;

/** Counts one more change back, unless it has been counted; whether Concord stops. */
export function isContested(ctx: Context, record: MirrorRecord, field: string, at: EpochMs): boolean {
  const key = contestKey(record, field);
  const before = ctx.state.contests[key] ?? { count: 0, at: 0 };
  if (at > before.at) ctx.state.contests[key] = { count: before.count + 1, at };
  return (ctx.state.contests[key]?.count ?? 0) >= TIMES;
}

/** Takes contested fields out of what is desired. The lifecycle stage has a rule of its own (L3), and what people answer is theirs. */
export function leaveContested(ctx: Context, records: DesiredRecord[], drift: Drift[]): void {
  const stands = ctx.input.state !== null && standOf(ctx.input.state) === standOf(ctx.state);
  for (const { record, fields } of records) {
    if (record === null) continue;
    for (const [name, { value, again }] of fields) {
      if (name === SHOWN.lifecycle || isAnswer(ctx, record, name) || !(name in record.fields) || sameValue(record.fields[name], value)) continue;
      const change = foreignChange(record, name);
      if (change === null) continue;
      if (!(again ?? stands)) {
        delete ctx.state.contests[contestKey(record, name)];
        continue;
      }
      if (!isContested(ctx, record, name, change.at)) continue;
      fields.delete(name);
      drift.push({ record, field: name, found: String(record.fields[name] ?? ''), by: change.by?.source ?? change.by?.name ?? change.by?.id ?? null, outcome: 'contested' });
    }
  }
}

/** When and by whom Concord's value was replaced; null: nobody is known to have done it. Fields that only Concord writes have no times of their own. */
function foreignChange(record: MirrorRecord, name: string): { at: EpochMs; by: Actor | undefined } | null {
  const current = record.fields[name] ?? null;
  const since = record.since[name];
  if (since !== undefined) return since.own === true || since.first === true ? null : { at: since.at, by: since.by };
  // An empty one may never have been written.
  if (current === null || (name in record.written && sameValue(record.written[name], current))) return null;
  return { at: record.foreignChangeAt, by: record.modifiedBy };
}

function isAnswer({ terms }: Context, record: MirrorRecord, name: string): boolean {
  const { reason, note, detail, recycle_on } = terms.agreement.settings.rejection.signals[record.ref.crm];
  return [reason, note, detail, recycle_on].includes(name);
}
