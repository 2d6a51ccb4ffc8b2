import type { PersonState } from '../domain/person';
import type { MirrorRecord } from '../domain/record';
import { refKey } from '../domain/record';
import type { ConsentWrite } from '../crm/port';
import type { JournalEntry } from '../domain/write';
import { breathe, chunks, port, type Pass } from './parts';
import { concernedBy } from './people';

export interface ConsentCounts {
  planned: number;
  done: number;
  failed: number;
}

/** An opt-out or do-not-call that one CRM has and the other lacks. */
export interface Tightening {
  personId: string;
  record: MirrorRecord;
  optOut: boolean;
  doNotCall: boolean;
  from: string;
}

/** F2: sales has said that the person must not be contacted any more: as good as an opt-out and a do-not-call of their own. */
export function isSuppressed(state: PersonState | null): boolean {
  return state?.handoffs.at(-1)?.rejection?.route === 'suppress';
}

/** F7: consent only tightens; for people outside the scope too. An unknown flag is not a "no" (M5). */
export function tightenings(pass: Pass, personId: string, records: MirrorRecord[], suppressed: boolean): Tightening[] {
  const live = records.filter((record) => record.gone === undefined && (record.ref.crm === 'hubspot' || record.conversion === undefined) && (record.ref.object === 'contact' || record.ref.object === 'lead'));
  const out = live.find((record) => record.consent.emailOptOut === true);
  const silent = live.find((record) => record.consent.doNotCall === true);
  const canOptOut = (record: MirrorRecord): boolean => record.consent.emailOptOut === false && (record.ref.crm === 'salesforce' || record.emails.length > 0);
  const canSilence = (record: MirrorRecord): boolean => record.consent.doNotCall === false && (record.ref.crm === 'salesforce' || pass.parts.terms.agreement.settings.consent.hubspot.do_not_call !== undefined);
  return live
    .map((record) => ({
      personId,
      record,
      optOut: (out !== undefined || suppressed) && canOptOut(record),
      doNotCall: (silent !== undefined || suppressed) && canSilence(record),
      from: out === undefined && silent === undefined ? 'sales’ answer' : refKey((out ?? silent ?? record).ref),
    }))
    .filter((each) => each.optOut || each.doNotCall);
}

/** First thing after reading, before the guard: everyone queued, or everybody. */
export async function tightenConsent(pass: Pass, apply: boolean, everyone: boolean): Promise<ConsentCounts> {
  const counts: ConsentCounts = { planned: 0, done: 0, failed: 0 };
  for await (const ids of concernedBy(pass.parts.store, 1000, { everyone })) {
    await tightenFor(pass, ids, apply, counts);
    await breathe();
  }
  return counts;
}

/** The same for some people. `suppressed`: sales' answer, read in this run, suppresses all of them. */
export async function tightenFor(pass: Pass, personIds: string[], apply: boolean, counts: ConsentCounts, suppressed = false): Promise<void> {
  const { store } = pass.parts;
  // What was read in this run is not in anybody's history yet.
  const concerned = suppressed ? personIds : await store.mayTighten(personIds);
  if (concerned.length === 0) return;
  const silenced = new Set((await store.people(concerned)).filter((row) => suppressed || isSuppressed(row.state as PersonState | null)).map((row) => row.id));
  const byPerson = new Map<string, MirrorRecord[]>();
  for (const record of await store.recordsOfPeople(concerned)) {
    if (record.personId !== null) byPerson.set(record.personId, [...(byPerson.get(record.personId) ?? []), record]);
  }
  const all = [...byPerson].flatMap(([id, records]) => tightenings(pass, id, records, silenced.has(id)));
  counts.planned += all.length;
  if (apply) for (const part of chunks(all, 100)) await send(pass, part, counts);
}

async function send(pass: Pass, list: Tightening[], counts: ConsentCounts): Promise<void> {
  const { store, terms } = pass.parts;
  const { consent } = terms.agreement.settings;
  const entries = list.map((each): JournalEntry => {
    const { crm, object } = each.record.ref;
    return {
      id: pass.parts.newId(),
      run: pass.run,
      fence: pass.fence,
      personId: each.personId,
      ref: each.record.ref,
      crm,
      object,
      op: 'opt_out',
      key: refKey(each.record.ref),
      changes: [
        ...(each.optOut ? [{ field: crm === 'hubspot' ? 'subscriptions' : consent.salesforce.opt_out, before: false, after: true, rule: 'F7', because: `opted out on ${each.from}` }] : []),
        ...(each.doNotCall ? [{ field: crm === 'hubspot' ? (consent.hubspot.do_not_call ?? '') : consent.salesforce.do_not_call, before: false, after: true, rule: 'F7', because: `do not call on ${each.from}` }] : []),
      ],
      state: 'intent',
      intendedAt: pass.parts.clock(),
      settledAt: null,
      problem: null,
    };
  });
  await store.transaction(pass.fence, (tx) => tx.intend(entries));
  for (const crm of ['hubspot', 'salesforce'] as const) {
    const mine = list.map((each, index) => ({ each, entry: entries[index] as JournalEntry })).filter(({ each }) => each.record.ref.crm === crm);
    if (mine.length === 0) continue;
    const outcomes = await port(pass.parts, crm).restrict(
      mine.map(({ each, entry }): ConsentWrite => ({
        key: entry.id,
        ref: each.record.ref,
        ...(each.record.emails[0] === undefined ? {} : { email: each.record.emails[0] }),
        ...(each.optOut ? { optOut: true as const } : {}),
        ...(crm === 'salesforce' && each.optOut ? { optOutField: consent.salesforce.opt_out } : {}),
        ...(each.doNotCall ? { doNotCallField: crm === 'hubspot' ? (consent.hubspot.do_not_call as string) : consent.salesforce.do_not_call } : {}),
      })),
    );
    await store.transaction(pass.fence, async (tx) => {
      for (const { each, entry } of mine) {
        const outcome = outcomes.find((one) => one.key === entry.id);
        const done = outcome?.outcome === 'done';
        if (done) counts.done += 1;
        else counts.failed += 1;
        await tx.settle([{ id: entry.id, state: outcome?.outcome ?? 'maybe', settledAt: pass.parts.clock(), problem: outcome === undefined || outcome.outcome === 'done' ? null : outcome.problem, ref: each.record.ref }]);
        if (done) await tx.resolveDeadLetters([{ ref: each.record.ref, fields: ['consent'] }]);
        if (done) await tx.putRecords([{ ...each.record, consent: { ...each.record.consent, ...(each.optOut ? { emailOptOut: true } : {}), ...(each.doNotCall ? { doNotCall: true } : {}) } }]);
        else if (outcome !== undefined && outcome.outcome === 'refused' && outcome.problem.retry === 'never') {
          await tx.putDeadLetters([{ crm, object: each.record.ref.object, recordId: each.record.ref.id, personId: each.personId, field: 'consent', value: true, problem: outcome.problem, lastRun: pass.run, lastTriedAt: pass.now }]);
        }
      }
    });
  }
}
