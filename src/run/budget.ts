import type { CrmName, EpochMs } from '../domain/record';
import type { Store, StoreReader, StoreTransaction } from '../store/port';

/** Calls sent to each CRM since midnight UTC, all of Concord's processes together. */
export type CallsSpent = Record<CrmName, number>;

const KEY = 'calls_of_day';

function dayOf(at: EpochMs): string {
  return new Date(at).toISOString().slice(0, 10);
}

/** W10: runs are processes of their own; what they have used of the day's share is kept between them. */
export async function callsSpent(store: Pick<Store, 'meta'>, at: EpochMs): Promise<CallsSpent> {
  const kept = await store.meta(KEY);
  const calls = kept === null ? null : (JSON.parse(kept) as CallsSpent & { day: string });
  return calls?.day === dayOf(at) ? { hubspot: calls.hubspot, salesforce: calls.salesforce } : { hubspot: 0, salesforce: 0 };
}

export async function addCalls(tx: StoreTransaction & StoreReader, at: EpochMs, more: CallsSpent): Promise<void> {
  const so = await callsSpent(tx, at);
  await tx.setMeta(KEY, JSON.stringify({ day: dayOf(at), hubspot: so.hubspot + more.hubspot, salesforce: so.salesforce + more.salesforce }));
}
