import { afterOwnWrite, CONVERTED, observe, OVERWRITTEN } from '../../src/core/observe';
import type { CrmRecord, Fields, FieldVersion, MirrorRecord } from '../../src/domain/record';
import { DAY, HOUR, NOW } from '../support/person';

const TRACKED = new Set(['stage', 'reason']);

function reading(fields: Fields, at: number, more: Partial<CrmRecord> = {}): CrmRecord {
  return { ref: { crm: 'hubspot', object: 'contact', id: '1' }, createdAt: 0, modifiedAt: at, fields, emails: ['ana@x.example'], aliases: [], carries: {}, consent: {}, modifiedBy: { id: 'u1' }, ...more };
}

function seen(read: CrmRecord, before?: MirrorRecord, histories?: Record<string, FieldVersion[]>, now = NOW): ReturnType<typeof observe> {
  return observe(read, before, TRACKED, now, histories);
}

const first = seen(reading({ stage: 'lead', reason: null, other: 1 }, NOW - DAY)).record;

describe('from one reading to the next', () => {
  test('a value found at the first reading is as old as the record, and may be older (L5)', () => {
    expect(first.since['stage']).toEqual({ at: NOW - DAY, first: true });
    expect(first.since['other']).toBeUndefined();
  });

  test('a changed value is dated by the CRM, not by the run, and names who changed it (L5)', () => {
    const later = seen(reading({ stage: 'mql', reason: null, other: 1 }, NOW - HOUR), first);
    expect(later.changed).toBe(true);
    expect(later.record.since['stage']).toEqual({ at: NOW - HOUR, by: { id: 'u1' } });
    expect(later.record.foreignChangeAt).toBe(NOW);
  });

  test('no later edit makes an unchanged value newer (L5)', () => {
    const later = seen(reading({ stage: 'lead', reason: null, other: 2 }, NOW - HOUR), first);
    expect(later.changed).toBe(true);
    expect(later.record.since['stage']).toEqual(first.since['stage']);
  });

  test('a phantom stamp is no change at all (L5)', () => {
    const later = seen(reading({ stage: 'lead', reason: null, other: 1 }, NOW - HOUR), first);
    expect(later).toMatchObject({ changed: false, stale: false });
    expect(later.record.since).toEqual(first.since);
    expect(later.record.foreignChangeAt).toBe(first.foreignChangeAt);
  });

  test('where the CRM keeps a history it gives time and author (L5)', () => {
    const history: FieldVersion[] = [{ value: 'mql', at: NOW - 3 * HOUR, by: { id: 'u9' } }, { value: 'lead', at: NOW - DAY }];
    expect(seen(reading({ stage: 'mql', reason: null, other: 1 }, NOW), first, { stage: history }).record.since['stage']).toEqual({ at: NOW - 3 * HOUR, by: { id: 'u9' } });
  });

  test('a history that stamps the same value again dates it by the first of the stamps; an earlier stay does not count (L5)', () => {
    const history: FieldVersion[] = [
      { value: 'mql', at: NOW - HOUR, by: { id: 'sync' } },
      { value: 'mql', at: NOW - 2 * HOUR, by: { id: 'u9' } },
      { value: 'lead', at: NOW - 3 * HOUR },
      { value: 'mql', at: NOW - 4 * HOUR },
    ];
    expect(seen(reading({ stage: 'mql' }, NOW), first, { stage: history }).record.since['stage']).toEqual({ at: NOW - 2 * HOUR, by: { id: 'u9' } });
  });

  test('a reading older than what is known is ignored (index lag)', () => {
    const later = seen(reading({ stage: 'mql', reason: null, other: 1 }, NOW - 2 * DAY), first);
    expect(later).toEqual({ record: first, changed: false, stale: true });
  });

  test('the field watched only from now on may have had its value for longer', () => {
    const unwatched = observe(reading({ stage: 'lead' }, NOW - DAY), undefined, new Set(), NOW - DAY).record;
    expect(seen(reading({ stage: 'lead' }, NOW), unwatched).record.since['stage']).toEqual({ at: NOW, first: true });
  });

  test('a structural change (owner, e-mails, consent) is a change', () => {
    for (const more of [{ owner: { id: '005B', kind: 'user' as const } }, { emails: ['b@x.example'] }, { consent: { emailOptOut: true } }, { gone: { how: 'deleted' as const } }]) {
      expect(seen(reading({ ...first.fields }, NOW, more), first).changed).toBe(true);
    }
  });

  test('since when a lead is converted does not move (I2, L5)', () => {
    const conversion = { contactId: '003', accountId: null, opportunityId: null, on: '2026-11-01' };
    const converted = seen(reading({ stage: 'lead' }, NOW - HOUR, { conversion }), first).record;
    expect(converted.since[CONVERTED]).toEqual({ at: NOW - HOUR });
    expect(seen(reading({ stage: 'lead' }, NOW, { conversion }), converted).record.since[CONVERTED]).toEqual({ at: NOW - HOUR });
  });
});

describe('Concord’s own values (L11)', () => {
  const written = afterOwnWrite(first, { stage: 'mql' }, NOW - HOUR);

  test('the echo of an own write is no change, whatever its time and author', () => {
    const echo = seen(reading({ stage: 'mql', reason: null, other: 1 }, NOW, { modifiedBy: { id: 'somebody' } }), written);
    expect(echo.changed).toBe(false);
    expect(echo.record.since['stage']).toEqual({ at: NOW - HOUR, own: true });
  });

  test('a rep’s edit in the same record, just before the own write, is seen all the same', () => {
    const both = seen(reading({ stage: 'mql', reason: 'no_budget', other: 1 }, NOW), written);
    expect(both.changed).toBe(true);
    expect(both.record.since['reason']).toEqual({ at: NOW, by: { id: 'u1' } });
    expect(both.record.since['stage']?.own).toBe(true);
  });

  test('somebody’s value over the own one is theirs, and setting the old one again is an act (F6)', () => {
    const theirs = seen(reading({ stage: 'lead', reason: null, other: 1 }, NOW), written).record;
    expect(theirs.since['stage']).toEqual({ at: NOW, by: { id: 'u1' } });
    const again = seen(reading({ stage: 'mql', reason: null, other: 1 }, NOW + HOUR), theirs).record;
    expect(again.since['stage']).toEqual({ at: NOW + HOUR, by: { id: 'u1' } });
  });

  test('an id that Concord wrote comes back in the structure: no news', () => {
    const carrying = { ...first, fields: { ...first.fields, hubspot_id: '77' }, carries: { hubspotContact: '77' } };
    const cleared = afterOwnWrite(carrying, { hubspot_id: null }, NOW - HOUR);
    expect(cleared.carries).toEqual({});
    expect(seen(reading({ ...first.fields, hubspot_id: null }, NOW), cleared).changed).toBe(false);
    const linked = afterOwnWrite(first, { hubspot_id: '77' }, NOW - HOUR);
    expect(seen(reading({ ...first.fields, hubspot_id: '77' }, NOW, { carries: { hubspotContact: '77' } }), linked).changed).toBe(false);
    expect(seen(reading({ ...first.fields, hubspot_id: '78' }, NOW, { carries: { hubspotContact: '78' } }), linked).changed).toBe(true);
  });

  test('HubSpot answers older than the own write are stale; Salesforce’s whole seconds are not', () => {
    expect(written.modifiedAt).toBe(first.modifiedAt + 1);
    const salesforce = { ...first, ref: { crm: 'salesforce' as const, object: 'lead' as const, id: '00Q' } };
    expect(afterOwnWrite(salesforce, { stage: 'mql' }, NOW).modifiedAt).toBe(first.modifiedAt);
  });
});

describe('a field that is not returned is unknown (M5)', () => {
  const without = seen(reading({ reason: null, other: 1 }, NOW - HOUR), first);

  test('its time is kept, and nothing is said to have changed', () => {
    expect(without.changed).toBe(false);
    expect('stage' in without.record.fields).toBe(false);
    expect(without.record.since['stage']).toEqual(first.since['stage']);
  });

  test('its return is no news: the value is as old as before', () => {
    const back = seen(reading({ stage: 'lead', reason: null, other: 1 }, NOW), without.record);
    expect(back.changed).toBe(true);
    expect(back.record.since['stage']).toEqual(first.since['stage']);
  });

  test('unless the CRM’s history says that it changed meanwhile', () => {
    const history = [{ value: 'mql', at: NOW - 10 * 60_000, by: { id: 'u9' } }];
    expect(seen(reading({ stage: 'mql', reason: null, other: 1 }, NOW), without.record, { stage: history }).record.since['stage']).toEqual({ at: NOW - 10 * 60_000, by: { id: 'u9' } });
  });

  test('an own value that went and came back is still own', () => {
    const hidden = seen(reading({ reason: null, other: 1 }, NOW - HOUR), afterOwnWrite(first, { stage: 'mql' }, NOW - 2 * HOUR)).record;
    expect(seen(reading({ stage: 'mql', reason: null, other: 1 }, NOW), hidden).record.since['stage']?.own).toBe(true);
  });
});

describe('opportunities', () => {
  const facts = { name: 'Deal', accountId: null, stageName: 'Closed Lost', isClosed: true, isWon: false, amount: 1, currency: null, closeDate: null, type: null };
  const deal = (modifiedAt: number, more: object): CrmRecord => reading({}, modifiedAt, { ref: { crm: 'salesforce', object: 'opportunity', id: '006' }, opportunity: { ...facts, ...more } });

  test('the time of closing, once known, survives a reading without it (L12)', () => {
    const known = seen(deal(NOW - DAY, { closedAt: NOW - DAY })).record;
    const again = seen(deal(NOW, {}), known);
    expect(again.changed).toBe(false);
    expect(again.record.opportunity?.closedAt).toBe(NOW - DAY);
  });

  test('a reopened one has none', () => {
    const known = seen(deal(NOW - DAY, { closedAt: NOW - DAY })).record;
    const open = seen(deal(NOW, { isClosed: false, stageName: 'Prospecting' }), known);
    expect(open.changed).toBe(true);
    expect(open.record.opportunity?.closedAt).toBeUndefined();
  });
});

describe('values that came and went between two readings (L5)', () => {
  const since = (versions: [string | null, number][], value: string, before = first): number | undefined =>
    seen(reading({ stage: value, reason: null, other: 1 }, NOW), before, { stage: versions.map(([each, ago]) => ({ value: each, at: NOW - ago })) }).record.since[OVERWRITTEN]?.at;

  test('the last of them is marked', () => {
    expect(since([['mql', HOUR], ['sal', 2 * HOUR], ['mql', 3 * HOUR], ['lead', 2 * DAY]], 'mql')).toBe(NOW - 2 * HOUR);
  });
  test.each<[string, [string | null, number][]]>([
    ['a single change', [['mql', HOUR], ['lead', 2 * DAY]]],
    ['the same value stamped again', [['mql', HOUR], ['mql', 2 * HOUR], ['lead', 2 * DAY]]],
    ['what was known stamped again', [['mql', HOUR], ['lead', 2 * HOUR], ['lead', 2 * DAY]]],
    ['what happened before the reading before', [['mql', HOUR], ['sal', 2 * DAY], ['lead', 3 * DAY]]],
  ])('%s is none', (_, versions) => {
    expect(since(versions, 'mql')).toBeUndefined();
  });
  test('nor is what Concord wrote after the reading before', () => {
    const written = afterOwnWrite(first, { stage: 'sal' }, NOW - 3 * HOUR);
    expect(since([['mql', HOUR], ['sal', 3 * HOUR], ['lead', 2 * DAY]], 'mql', written)).toBeUndefined();
  });
  test('a mark stays until there is a later one', () => {
    const marked = seen(reading({ stage: 'mql', reason: null, other: 1 }, NOW - HOUR), first, { stage: [{ value: 'mql', at: NOW - HOUR }, { value: 'sal', at: NOW - 2 * HOUR }] }).record;
    expect(seen(reading({ stage: 'mql', reason: null, other: 2 }, NOW), marked).record.since[OVERWRITTEN]).toEqual({ at: NOW - 2 * HOUR });
  });
});
