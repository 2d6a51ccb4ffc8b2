import type { MirrorRecord } from '../../domain/record';

/**
 * A pin on a record that lost a merge goes on with the survivor, and with the survivor's survivor (I3). `records` are all that the person has or had: the
 * evidence of a decision has no losers in it any more.
 */
export function followMerges(pin: { object: 'lead' | 'contact'; id: string }, records: MirrorRecord[]): { object: 'lead' | 'contact'; id: string } {
  const passed = new Set<string>();
  let { id } = pin;
  for (;;) {
    const into = records.find((record) => record.ref.crm === 'salesforce' && record.ref.object === pin.object && record.ref.id === id)?.gone?.into;
    if (into === undefined || passed.has(into)) return { ...pin, id };
    passed.add(into);
    id = into;
  }
}

/**
 * The Salesforce record of a person that is written, among several live ones (I4): contact before lead, open before closed, owned by a user before a
 * queue, most recently modified, lowest id; then pinned. A pinned record stays unless it is gone or converted, or `release` is given (a new
 * handoff starts and the pinned record is closed). Converted leads are history, never primary (I2).
 */
export function choosePrimary(
  people: MirrorRecord[],
  pin: { object: 'lead' | 'contact'; id: string } | null,
  isClosed: (record: MirrorRecord) => boolean,
  release = false,
): MirrorRecord | null {
  const live = people.filter((record) => record.gone === undefined && record.conversion === undefined);
  if (pin !== null) {
    const pinned = live.find((record) => record.ref.object === pin.object && (record.ref.id === pin.id || record.aliases.includes(pin.id)));
    if (pinned !== undefined && !(release && isClosed(pinned))) return pinned;
    // A pinned lead that was converted goes on as its contact.
    const converted = people.find((record) => record.ref.object === 'lead' && record.ref.id === pin.id && record.conversion !== undefined);
    const heir = live.find((record) => record.ref.object === 'contact' && record.ref.id === converted?.conversion?.contactId);
    if (heir !== undefined) return heir;
  }
  return [...live].sort((a, b) => order(a, b, isClosed))[0] ?? null;
}

function order(a: MirrorRecord, b: MirrorRecord, isClosed: (record: MirrorRecord) => boolean): number {
  return (
    byRank(a, b, (record) => (record.ref.object === 'contact' ? 0 : 1)) ||
    byRank(a, b, (record) => (isClosed(record) ? 1 : 0)) ||
    byRank(a, b, (record) => (record.owner?.kind === 'user' ? 0 : 1)) ||
    b.modifiedAt - a.modifiedAt ||
    (a.ref.id < b.ref.id ? -1 : 1)
  );
}

function byRank(a: MirrorRecord, b: MirrorRecord, rankOf: (record: MirrorRecord) => number): number {
  return rankOf(a) - rankOf(b);
}
