import type { EpochMs } from '../domain/record';
import type { PersonState } from '../domain/person';
import type { Decision } from '../core/decide/decide';
import { momentsOf } from '../core/tell/moments';
import { textOf } from '../core/tell/text';
import type { OutboxEntry, PersonRow } from '../store/port';
import type { Pass } from './parts';
import { isAdopted } from './portion';

/** F2: the notes that a decision leaves on the contact's timeline. The key says what a note tells, so that it is told once whatever happens to the run. */
export function notesToLeave(pass: Pass, judged: { row: PersonRow; decision: Decision }): OutboxEntry[] {
  const { agreement } = pass.parts.terms;
  const { row, decision } = judged;
  if (!agreement.settings.rejection.timeline_note) return [];
  // Who has no contact in HubSpot and gets none has no timeline.
  if (decision.contact === null && !decision.desired.some((each) => each.crm === 'hubspot' && each.record === null)) return [];
  const adoptedAt: EpochMs | null = pass.adoptedAt;
  return momentsOf({ agreement, before: row.state as PersonState | null, decision, adopting: pass.adopting || isAdopted(pass.portion, row), adoptedAt, now: pass.now }).map((moment) => ({
    key: `note:${row.id}:${moment.cycle}:${moment.id}`,
    channel: 'hubspot_note',
    personId: row.id,
    target: decision.contact?.ref ?? null,
    kind: moment.kind,
    text: textOf(agreement, moment),
    run: pass.run,
    createdAt: pass.now,
    nextTryAt: pass.now,
  }));
}
