import type { Fields, MirrorRecord, RecordRef } from '../domain/record';
import { refKey } from '../domain/record';
import type { JournalEntry } from '../domain/write';
import { afterOwnWrite, observe, sameValue } from '../core/observe';
import { identityOf } from './apply';
import { chunks, port, type Pass } from './parts';

export interface Recovered {
  done: number;
  dropped: number;
}

/**
 * W7: finishes what an earlier run had begun. An intent without an outcome is looked up in the CRM: what is there is taken as done, the rest is dropped
 * and planned again from the evidence. Runs before anything is read.
 */
export async function recover(pass: Pass): Promise<Recovered> {
  const { store } = pass.parts;
  const recovered: Recovered = { done: 0, dropped: 0 };
  for (;;) {
    const open = await store.openIntents(null, 200);
    if (open.length === 0) return recovered;
    for (const entries of chunks(open, 100)) await recoverSome(pass, entries, recovered);
  }
}

async function recoverSome(pass: Pass, entries: JournalEntry[], recovered: Recovered): Promise<void> {
  const { store } = pass.parts;
  const settled: Pick<JournalEntry, 'id' | 'state' | 'settledAt' | 'problem' | 'ref'>[] = [];
  const mirror = new Map<string, MirrorRecord>();
  const people = new Set<string>();
  const close = (entry: JournalEntry, done: boolean, ref: RecordRef | null): void => {
    settled.push({ id: entry.id, state: done ? 'done' : 'dropped', settledAt: pass.parts.clock(), problem: null, ref });
    if (done) recovered.done += 1;
    else recovered.dropped += 1;
    if (entry.personId !== null) people.add(entry.personId);
  };
  for (const crm of ['hubspot', 'salesforce'] as const) {
    const crmPort = port(pass.parts, crm);
    const select = pass.parts.fields.select[crm];
    for (const object of ['lead', 'contact'] as const) {
      const tracked = pass.parts.fields.tracked[crm][object] ?? new Set<string>();
      const updates = entries.filter((entry) => entry.crm === crm && entry.object === object && entry.ref !== null && (entry.op === 'update' || entry.op === 'opt_out'));
      if (updates.length > 0) {
        const page = await crmPort.byIds(object, [...new Set(updates.map((entry) => entry.ref?.id ?? ''))], select);
        const known = new Map((await store.records(updates.map((entry) => entry.ref as RecordRef))).map((record) => [refKey(record.ref), record]));
        for (const entry of updates) {
          const ref = entry.ref as RecordRef;
          const read = page.records.find((record) => record.ref.id === ref.id && record.gone === undefined);
          const there = read !== undefined && (entry.op === 'opt_out' ? read.consent.emailOptOut === true || read.consent.doNotCall === true : entry.changes.every((change) => sameValue(read.fields[change.field], change.after)));
          if (read !== undefined) {
            // The record may have moved on since (a clear followed by its set): the latest reading stands, and what it shows of the intent is Concord's.
            const own: Fields = Object.fromEntries(entry.changes.filter((change) => sameValue(read.fields[change.field], change.after)).map((change) => [change.field, change.after]));
            const before = mirror.get(refKey(ref)) ?? known.get(refKey(ref));
            const base = before === undefined ? undefined : { ...before, written: { ...before.written, ...own } };
            mirror.set(refKey(ref), observe(read, base, tracked, pass.now).record);
          }
          close(entry, there, ref);
        }
      }
      const creates = entries.filter((entry) => entry.crm === crm && entry.object === object && entry.op === 'create');
      for (const entry of creates) {
        const fields: Fields = Object.fromEntries(entry.changes.map((change) => [change.field, change.after]));
        const identity = identityOf(pass, crm, fields);
        const page = identity === null ? null : await crmPort.byIdentity(object, identity.field, [identity.value], select);
        const read = page?.records.find((record) => record.gone === undefined);
        if (read !== undefined) {
          const seen = observe(read, undefined, tracked, pass.now).record;
          mirror.set(refKey(read.ref), { ...afterOwnWrite(seen, Object.fromEntries(Object.entries(fields).filter(([name, value]) => sameValue(read.fields[name], value))), pass.now), modifiedAt: seen.modifiedAt, personId: entry.personId });
        }
        close(entry, read !== undefined, read?.ref ?? null);
      }
    }
  }
  // Entries of no known kind would be found again for ever.
  for (const entry of entries) if (!settled.some((each) => each.id === entry.id)) close(entry, false, entry.ref);
  await store.transaction(pass.fence, async (tx) => {
    await tx.settle(settled);
    await tx.putRecords([...mirror.values()].map((record) => ({ ...record })));
    await tx.enqueue([...people], 'recovered', pass.now);
  });
}
