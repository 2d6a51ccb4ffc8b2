import { refKey, type EpochMs, type MirrorRecord } from '../../../domain/record';
import type { OpportunityEvidence, PersonEvidence, PersonState, Transition } from '../../../domain/person';
import type { Terms } from '../../terms';
import { CONVERTED, OVERWRITTEN } from '../../observe';
import { closedAt, createContext, type DecideInput, type PastValues } from '../context';
import { climb } from './ladder';
import { applyAnswers } from './rejection';

/**
 * L5: whose open handoff waits for an answer, and on which records and from when on one came and went since the reading before. A run in time would have
 * taken it, so that a late one asks the CRMs' histories for it. Null: nobody waits, or nothing was overwritten.
 */
export function soughtAnswers(state: PersonState | null, evidence: PersonEvidence): { after: EpochMs; records: MirrorRecord[] } | null {
  const handoff = state?.handoffs.at(-1);
  if (handoff === undefined || handoff.carriedAt === null || handoff.closedAt !== null || handoff.acceptedAt !== null) return null;
  const after = handoff.carriedAt;
  const records = [...evidence.hubspot, ...evidence.leads, ...evidence.contacts].filter((record) => record.conversion === undefined && (record.since[OVERWRITTEN]?.at ?? 0) > after);
  return records.length === 0 ? null : { after, records };
}

/**
 * Takes what was said and shown meanwhile, moment by moment, into the state, as runs in between would have: answers, and stages that sales' evidence reached. What
 * stands now is left to the decision itself. Returns the moves.
 */
export function applyOverwritten(terms: Terms, input: DecideInput, state: PersonState): Transition[] {
  const past = input.overwritten ?? [];
  const moments = [...new Set(past.flatMap(({ versions }) => versions.map((version) => version.at)))].filter((at) => at <= input.now).sort((a, b) => a - b);
  const moves: Transition[] = [];
  for (const at of moments.slice(0, -1)) {
    const ctx = createContext(terms, { ...input, evidence: evidenceAt(input.evidence, past, at), now: at }, state);
    applyAnswers(ctx, at);
    climb(ctx);
    moves.push(...ctx.transitions);
  }
  return moves;
}

/**
 * The evidence with the fields that changed as they stood at a moment. What stood there before the first known value is not known (M5); opportunities and
 * conversions of later are not there yet, and what was closed later was open.
 */
function evidenceAt(evidence: PersonEvidence, past: readonly PastValues[], at: EpochMs): PersonEvidence {
  const then = (record: MirrorRecord): MirrorRecord => {
    const mine = past.filter(({ ref }) => ref === refKey(record.ref));
    if (mine.length === 0) return record;
    const fields = { ...record.fields };
    const since = { ...record.since };
    for (const { field, versions } of mine) {
      const stood = versions.findLast((version) => version.at <= at);
      if (stood === undefined) {
        delete fields[field];
        delete since[field];
        continue;
      }
      fields[field] = stood.value;
      since[field] = { at: stood.at, ...(stood.by === undefined ? {} : { by: stood.by }) };
    }
    return { ...record, fields, since };
  };
  return {
    ...evidence,
    hubspot: evidence.hubspot.map(then),
    leads: evidence.leads.filter((lead) => lead.conversion === undefined || (lead.since[CONVERTED]?.at ?? lead.modifiedAt) <= at).map(then),
    contacts: evidence.contacts.map(then),
    opportunities: evidence.opportunities.filter(({ record }) => record.createdAt <= at).map((each) => (closedAt(each) <= at ? each : openAgain(each))),
  };
}

function openAgain(each: OpportunityEvidence): OpportunityEvidence {
  const { opportunity } = each.record;
  return opportunity === undefined ? each : { ...each, record: { ...each.record, opportunity: { ...opportunity, isClosed: false, isWon: false } } };
}
