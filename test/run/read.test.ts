import type { CrmName, CrmRecord } from '../../src/domain/record';
import type { ReadPage } from '../../src/crm/port';
import { PORTION } from '../../src/run/pages';
import { run } from '../../src/run/run';
import type { Store } from '../../src/store/port';
import { MONDAY, openScenario } from '../support/scenario';

/* Both CRMs are read in turns (design 10): while one portion is worked on the other CRM prepares its next. */

function people(crm: CrmName, count: number): CrmRecord[] {
  return Array.from({ length: count }, (_, at) => ({
    ref: { crm, object: crm === 'hubspot' ? 'contact' : 'lead', id: crm === 'hubspot' ? String(1_000 + at) : `00Q${String(at).padStart(12, '0')}AAA` },
    createdAt: MONDAY - 1_000,
    modifiedAt: MONDAY - 1_000,
    fields: {},
    emails: [`p${at}@${crm}.example`],
    aliases: [],
    carries: {},
    consent: {},
  }));
}

async function* pages(crm: CrmName, counts: number[]): AsyncGenerator<ReadPage> {
  for (const [at, records] of counts.entries()) {
    yield { object: crm === 'hubspot' ? 'contact' : 'lead', records: people(crm, counts.slice(0, at + 1).reduce((sum, each) => sum + each)).slice(-records), problems: [], ...(at === counts.length - 1 ? { readUpTo: MONDAY } : {}) };
  }
}

test('a portion of one CRM, then one of the other; what is left of the longer one follows', async () => {
  const scenario = await openScenario();
  const taken: CrmName[] = [];
  const store: Store = {
    ...scenario.store,
    records(refs) {
      const [first] = refs;
      if (first !== undefined && (first.object === 'contact' || first.object === 'lead')) taken.push(first.crm);
      return scenario.store.records(refs);
    },
  };
  const { hubspot, salesforce } = scenario.parts;
  try {
    const summary = await run(
      { ...scenario.parts, store, hubspot: { ...hubspot, read: () => pages('hubspot', [PORTION, PORTION, PORTION, 10]) }, salesforce: { ...salesforce, read: () => pages('salesforce', [PORTION, 10]) } },
      { mode: 'dry-run' },
    );

    expect(taken.slice(0, 6)).toEqual(['hubspot', 'salesforce', 'hubspot', 'salesforce', 'hubspot', 'hubspot']);
    expect(summary.read).toMatchObject({ hubspot: { contacts: 3 * PORTION + 10 }, salesforce: { leads: PORTION + 10 } });
    expect(summary.people.seen).toBe(4 * PORTION + 20);
  } finally {
    await scenario.close();
  }
});

test('a CRM that fails in the middle ends the run as a failure, and the other one’s reading is closed', async () => {
  const scenario = await openScenario();
  let closed = false;
  async function* failing(): AsyncGenerator<ReadPage> {
    yield* pages('salesforce', [PORTION]);
    throw new Error('the org is gone');
  }
  async function* watched(): AsyncGenerator<ReadPage> {
    try {
      yield* pages('hubspot', [PORTION, PORTION, PORTION, PORTION, PORTION]);
    } finally {
      closed = true;
    }
  }
  const { hubspot, salesforce } = scenario.parts;
  try {
    await expect(run({ ...scenario.parts, hubspot: { ...hubspot, read: watched }, salesforce: { ...salesforce, read: failing } }, { mode: 'dry-run' })).rejects.toThrow('the org is gone');

    expect(closed).toBe(true);
    expect(await scenario.store.watermarks()).toEqual([]);
  } finally {
    await scenario.close();
  }
});
