import type { Actor, EpochMs, MirrorRecord, Value } from '../../../domain/record';
import { SHOWN } from '../../../domain/ownFields';
import { sameValue } from '../../observe';
import { standOf } from '../../plan/hold';
import { contestKey, type Context } from '../context';
import type { DesiredRecord, Drift } from '../desired';

/*
 * W12: others changed a field back three times after Concord wrote it: Concord stops, says whose doing it is, and holds the field. A *change back* is a
 * foreign value where nothing new is to be written: the person stands as before, or, of a mapped field, the value that travels is the one both agreed on.
 * Where two automations each put a field into a form of their own, each form is news to the other CRM and travels: there a change back is the same value
 * found once more where Concord is to put the same one as before.
 */

export const TIMES = 3;

/** People who change their minds in turn take longer than automations: what comes later than this after the change before is counted anew. */
const IN_TURN_MS = 7 * 24 * 60 * 60_000;

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
      if (again === false) {
        if (!isInTurn(ctx, record, name, value, change.at)) continue;
      } else if (!(again ?? stands)) {
        delete ctx.state.contests[contestKey(record, name)];
        continue;
      } else if (!isContested(ctx, record, name, change.at)) continue;
      fields.delete(name);
      drift.push({ record, field: name, found: String(record.fields[name] ?? ''), by: change.by?.source ?? change.by?.name ?? change.by?.id ?? null, outcome: 'contested' });
    }
  }
}

/** A value is to travel over a foreign one: whether the two have been taking turns too often. Another value than before, on either side, begins anew. */
function isInTurn(ctx: Context, record: MirrorRecord, field: string, value: Value, at: EpochMs): boolean {
  const key = contestKey(record, field);
  const over = record.fields[field] ?? null;
  const before = ctx.state.contests[key];
  const same = before?.wrote !== undefined && sameValue(before.wrote, value) && sameValue(before.over, over) && at - before.at <= IN_TURN_MS;
  if (!same) ctx.state.contests[key] = { count: 0, at, wrote: value, over };
  else if (at > before.at) ctx.state.contests[key] = { ...before, count: before.count + 1, at };
  return (ctx.state.contests[key]?.count ?? 0) >= TIMES;
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
