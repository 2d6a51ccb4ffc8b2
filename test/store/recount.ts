import type { Store } from '../../src/store/port';

type Parity = Awaited<ReturnType<Store['parity']>>;

/** W11 counted the slow way, person by person: what the store's counters must equal. */
export async function recount(store: Store): Promise<{ people: number; parity: Parity }> {
  const rows = new Map<string, Parity[number]>();
  const row = (stage: string): Parity[number] => {
    const known = rows.get(stage) ?? { stage, people: 0, hubspot: 0, salesforce: 0, disagree: 0 };
    rows.set(stage, known);
    return known;
  };
  let people = 0;
  for (let after: string | null = null; ; ) {
    const page: Awaited<ReturnType<Store['pagePeople']>> = await store.pagePeople(after, 500);
    if (page.length === 0) break;
    after = page[page.length - 1]?.id ?? null;
    people += page.length;
    for (const person of page) {
      if (!person.inScope && person.disagreement === null) continue;
      if (person.inScope) row(person.stage ?? 'none').people += 1;
      if (person.shownHubspot !== null) row(person.shownHubspot).hubspot += 1;
      if (person.shownSalesforce !== null) row(person.shownSalesforce).salesforce += 1;
      if (person.disagreement !== null) row(person.stage ?? 'none').disagree += 1;
    }
  }
  return { people, parity: [...rows.values()].sort((a, b) => (a.stage < b.stage ? -1 : 1)) };
}
