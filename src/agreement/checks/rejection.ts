import { ROUTES, SLA_EXPIRED } from '../../domain/stage';
import type { Findings, Path } from '../fault';
import { normaliseReason } from '../normalise';
import { get, isRecord, list, text } from '../raw';
import { LANGUAGES } from '../schema';

/** The reasons and the statuses that reject: no text means two reasons, every route has what it needs (F1, F3, F5). */
export function checkRejection(data: unknown, findings: Findings): void {
  const reasons = list(data, 'rejection', 'reasons');
  const meanings = new Map<string, { id: string; text: string }>();
  for (const [index, reason] of reasons.entries()) {
    const path: Path = ['rejection', 'reasons', index];
    const id = text(reason, 'id');
    const first = reasons.findIndex((other) => text(other, 'id') === id);
    if (id !== undefined && first < index) {
      findings.fault([...path, 'id'], `The reason \`${id}\` stands twice.`, `Give one of them another id; the first is entry ${first + 1}.`);
      continue;
    }
    if (id === SLA_EXPIRED) findings.fault([...path, 'id'], `\`${SLA_EXPIRED}\` is what an unanswered handoff returns as, never a rep’s reason.`, 'Give the reason another id.');
    checkWords(reason, id ?? `entry ${index + 1}`, path, meanings, findings);
    checkRoute(reason, id, path, findings);
  }
  checkOther(reasons, findings);
  for (const crm of ['salesforce', 'hubspot'] as const) {
    const key = crm === 'salesforce' ? 'lead_status' : 'hs_lead_status';
    if (isRecord(get(data, 'rejection', 'signals', crm)) && list(data, 'rejection', 'signals', crm, key).length === 0)
      findings.warn(['rejection', 'signals', crm, key], `No status rejects in ${crm === 'salesforce' ? 'Salesforce' : 'HubSpot'}: only the reason field does, and no rejection can be shown by a status there.`, `List the statuses in ${key}, for example ${crm === 'salesforce' ? '[Closed - Not Converted]' : '[UNQUALIFIED]'}.`);
  }
}

/** F3: ids, labels in every language and aliases of all reasons are one set of texts, compared as reps' texts are. */
function checkWords(reason: unknown, id: string, path: Path, meanings: Map<string, { id: string; text: string }>, findings: Findings): void {
  const words: [Path, unknown][] = [
    [[...path, 'id'], get(reason, 'id')],
    ...LANGUAGES.map((language): [Path, unknown] => [[...path, 'label', language], get(reason, 'label', language)]),
    ...list(reason, 'aliases').map((alias, index): [Path, unknown] => [[...path, 'aliases', index], alias]),
  ];
  for (const [where, word] of words) {
    if (typeof word !== 'string' || word === '') continue;
    const normal = normaliseReason(word);
    if (normal === '') {
      findings.fault(where, `“${word}” holds nothing to recognise a reason by.`, 'Write words.');
      continue;
    }
    const other = meanings.get(normal);
    if (other === undefined) meanings.set(normal, { id, text: word });
    else if (other.id !== id) findings.fault(where, `“${word}” already means \`${other.id}\`${other.text === word ? '' : ` (“${other.text}”)`}: case, accents and stray blanks do not count.`, 'Leave it to one of the two reasons.');
  }
}

function checkRoute(reason: unknown, id: string | undefined, path: Path, findings: Findings): void {
  const route = text(reason, 'route');
  if (route === undefined || !(ROUTES as readonly string[]).includes(route)) return;
  const after = get(reason, 'after');
  const name = id === undefined ? 'The reason' : `\`${id}\``;
  if (route === 'recycle' && after === undefined) findings.fault([...path, 'after'], `${name} recycles, but does not say when.`, 'Add after: 90d, or write route: nurture for a return without a date.');
  if (route !== 'recycle' && after !== undefined && after !== null) findings.faultAtKey([...path, 'after'], `\`after\` does nothing with the route \`${route}\`.`, 'Remove it, or write route: recycle.');
  if (route === 'recycle' && typeof after === 'string' && /^[1-9][0-9]*[mh]$/.test(after)) findings.fault([...path, 'after'], `${name} recycles on a date, so \`after\` counts whole days.`, 'Write days, for example 1d.');
}

/** F3: a reason that matches none stands as `other` in the pick-one field, so `other` is always there to be picked. */
function checkOther(reasons: readonly unknown[], findings: Findings): void {
  if (reasons.length === 0) return;
  const index = reasons.findIndex((reason) => text(reason, 'id') === 'other');
  if (index === -1) findings.faultAtKey(['rejection', 'reasons'], 'There is no reason `other`: texts that match no reason are kept under it (F3).', 'Add { id: other, label: { en: Other }, route: nurture, note_required: true }.');
  else if (get(reasons[index], 'active') === false) findings.fault(['rejection', 'reasons', index, 'active'], 'The reason `other` is not offered, but texts that match no reason are kept under it (F3).', 'Remove this line.');
}
