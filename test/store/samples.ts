import type { MirrorRecord } from '../../src/domain/record';
import type { JournalEntry } from '../../src/domain/write';
import type { HandoffRow, PersonRow, StagedPerson, TransitionRow } from '../../src/store/port';

/** 2026-11-22T09:00:00.000Z */
export const NOW = Date.UTC(2026, 10, 22, 9);

export function contact(id: string, more: Partial<MirrorRecord> = {}): MirrorRecord {
  return {
    ref: { crm: 'hubspot', object: 'contact', id },
    createdAt: NOW - 9_000_000,
    modifiedAt: NOW - 5_000,
    fields: { email: `p${id}@example.com`, lifecyclestage: 'lead' },
    emails: [`p${id}@example.com`],
    aliases: [],
    carries: {},
    consent: {},
    personId: null,
    since: {},
    written: {},
    foreignChangeAt: NOW,
    ...more,
  };
}

export function salesforce(object: 'lead' | 'contact' | 'opportunity' | 'role', id: string, more: Partial<MirrorRecord> = {}): MirrorRecord {
  return { ...contact(id, { fields: {}, emails: [] }), ref: { crm: 'salesforce', object, id }, ...more };
}

export function person(id: string, more: Partial<PersonRow> = {}): PersonRow {
  return {
    id,
    hubspotId: null,
    salesforceObject: null,
    salesforceId: null,
    stage: null,
    stageAt: null,
    cycle: 0,
    inScope: true,
    shownHubspot: null,
    shownSalesforce: null,
    disagreement: null,
    held: null,
    missing: null,
    nextAt: null,
    state: null,
    notes: null,
    updatedAt: NOW,
    ...more,
  };
}

export function transition(personId: string, more: Partial<TransitionRow> = {}): TransitionRow {
  return { personId, from: 'lead', to: 'mql', at: NOW - 60_000, seenAt: NOW, cycle: 1, run: 'run-1', rule: 'L1', because: 'score 72', skipped: false, ...more };
}

export function handoff(personId: string, cycle: number, more: Partial<HandoffRow> = {}): HandoffRow {
  return {
    personId,
    cycle,
    openedAt: NOW,
    adopted: false,
    carriedAt: null,
    firstTouchAt: null,
    acceptedAt: null,
    rejectedAt: null,
    reason: null,
    reasonText: null,
    note: null,
    rejectedBy: null,
    crm: null,
    route: null,
    recycleOn: null,
    closedAt: null,
    closedAs: null,
    ownerId: null,
    clock: null,
    sla: null,
    dueAt: null,
    ...more,
  };
}

export function staged(seq: number, more: Partial<StagedPerson> = {}): StagedPerson {
  return { seq, person: person(`p${seq}`), transitions: [], handoffs: [], writes: [], counts: { creates: 0, regressions: 0, linksEnded: 0, overwrites: 0, changed: false }, ...more };
}

export function entry(id: string, more: Partial<JournalEntry> = {}): JournalEntry {
  return {
    id,
    run: 'run-1',
    fence: 1,
    personId: 'p1',
    ref: { crm: 'hubspot', object: 'contact', id: '512' },
    crm: 'hubspot',
    object: 'contact',
    op: 'update',
    key: `key ${id}`,
    changes: [{ field: 'concord_stage', before: null, after: 'mql', rule: 'L1', because: 'score 72' }],
    state: 'intent',
    intendedAt: NOW,
    settledAt: null,
    problem: null,
    ...more,
  };
}
