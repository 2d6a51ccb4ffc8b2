import { checkCondition, type Referable } from '../conditionFaults';
import type { Findings } from '../fault';
import { dayNumber } from '../localDay';
import { get, isRecord, list, text } from '../raw';

/** One source for the score, and one there is when conditions look at it. */
export function checkScore(data: unknown, scoreUsedAt: readonly (readonly (string | number)[])[], referable: Referable, findings: Findings): void {
  const points = get(data, 'score', 'points');
  const property = text(data, 'score', 'hubspot');
  if (property !== undefined && points !== undefined) findings.faultAtKey(['score', 'points'], 'The score comes from HubSpot and is counted from points as well.', 'Keep one of `hubspot` and `points`.');
  const [firstUse] = scoreUsedAt;
  if (firstUse !== undefined && get(data, 'score', 'hubspot') === undefined && points === undefined)
    findings.fault(firstUse, 'A condition looks at the score, but the agreement does not say where it comes from.', 'Add score: { hubspot: <your score property> }, or score: { points: … }.');
  for (const [index, term] of list(data, 'score', 'points').entries())
    if (get(term, 'when') !== undefined) checkCondition(get(term, 'when'), ['score', 'points', index, 'when'], { ...referable, score: false }, findings);
}

/** What stands in several places and must fit together: the mode and what is created, the acts, domains, schedules. */
export function checkRest(data: unknown, findings: Findings): void {
  if (get(data, 'mode') === 'alongside') {
    const creates = text(data, 'handoff', 'creates');
    if (creates !== undefined && creates !== 'nothing') findings.fault(['handoff', 'creates'], 'In the mode `alongside` HubSpot’s own integration creates records, and Concord creates nothing.', 'Write creates: nothing, or mode: standalone.');
    if (get(data, 'handoff', 'reopening') === 'new_lead') findings.fault(['handoff', 'reopening'], 'In the mode `alongside` Concord creates nothing.', 'Write reopening: wait or task, or mode: standalone.');
    if (get(data, 'handoff', 'creates_hubspot') === true) findings.fault(['handoff', 'creates_hubspot'], 'In the mode `alongside` Concord creates nothing.', 'Write creates_hubspot: false, or mode: standalone.');
  }
  const creates = text(data, 'handoff', 'creates');
  if (get(data, 'handoff', 'reopening') === 'new_lead' && creates !== undefined && creates !== 'lead') findings.fault(['handoff', 'reopening'], `A new lead cannot be made where Concord creates ${creates === 'nothing' ? 'nothing' : 'contacts'}.`, 'Write reopening: wait or task, or creates: lead.');
  checkReports(data, findings);
  const defaults = get(data, 'handoff', 'lead_defaults');
  const recordTypes = list(data, 'lead_record_types').map((type) => text(type, 'name') ?? '');
  for (const [name, value] of isRecord(defaults) ? Object.entries(defaults) : []) {
    const isRecordType = name.toLowerCase() === 'recordtypeid';
    if (isRecordType && name !== 'RecordTypeId') findings.faultAtKey(['handoff', 'lead_defaults', name], `\`${name}\` is Salesforce’s field RecordTypeId.`, 'Write RecordTypeId.');
    // An id tells nobody which statuses its leads show, and is another one in each org.
    else if (isRecordType && recordTypes.length > 0 && typeof value === 'string' && /^012[A-Za-z0-9]{12}(?:[A-Za-z0-9]{3})?$/.test(value)) findings.fault(['handoff', 'lead_defaults', name], 'The id of a record type does not tell which statuses its leads show.', `Write its developer name, as in lead_record_types: ${recordTypes.join(', ')}.`);
    if (name.toLowerCase() === 'status') findings.faultAtKey(['handoff', 'lead_defaults', name], 'A created lead gets the status of `mql` (L13), not a default.', 'Write it as salesforce.lead_status of the stage `mql`.');
  }
  const acts = list(data, 'handoff', 'acts');
  for (const [index, act] of list(data, 'handoff', 'acts_after_disqualify').entries())
    if (typeof act === 'string' && !acts.includes(act)) findings.fault(['handoff', 'acts_after_disqualify', index], `“${act}” is not among the acts.`, 'Add it to handoff.acts as well.');
  for (const [index, domain] of list(data, 'scope', 'exclude_email_domains').entries())
    if (typeof domain === 'string' && !/^[^@\s.]+(\.[^@\s.]+)+$/.test(domain))
      findings.fault(['scope', 'exclude_email_domains', index], `“${domain}” is not an e-mail domain.`, domain.includes('@') ? `Write ${domain.slice(domain.lastIndexOf('@') + 1) || 'acme.com'}.` : 'Write what stands after the @, for example acme.com.');
  for (const key of ['sync', 'full', 'weekly'] as const) {
    const line = text(data, 'schedule', key);
    if (line !== undefined && !isCronLine(line)) findings.fault(['schedule', key], `“${line}” is not a cron line.`, 'Write minute hour day month weekday, for example "*/5 * * * *".');
  }
  const feedback = /^([1-9][0-9]{0,8})s$/.exec(text(data, 'schedule', 'feedback') ?? '');
  const seconds = Number(feedback?.[1] ?? LEAST_FEEDBACK_S);
  if (seconds < LEAST_FEEDBACK_S) findings.fault(['schedule', 'feedback'], `Every ${seconds} seconds is too often: it would use up the API quota.`, `Write ${LEAST_FEEDBACK_S}s or more.`);
}

/** A pass every five seconds is 17,280 Salesforce calls a day. */
const LEAST_FEEDBACK_S = 5;

/** Dates that exist and end after they begin, goals that both teams own, dimensions that are fields. */
function checkReports(data: unknown, findings: Findings): void {
  const fields = new Set(list(data, 'fields').map((field) => text(field, 'id')));
  for (const key of ['source', 'campaign', 'segment'] as const) {
    const ref = text(data, 'reports', key);
    if (ref !== undefined && !ref.includes('.') && /^[a-z][a-z0-9_]*$/.test(ref) && !fields.has(ref)) findings.fault(['reports', key], `There is no field \`${ref}\`.`, 'Write the id of a field under `fields`, or hubspot.<property>.');
  }
  const ids = list(data, 'goals').map((goal) => text(goal, 'id'));
  for (const [index, goal] of list(data, 'goals').entries()) {
    const [from, to] = [text(goal, 'from'), text(goal, 'to')];
    for (const key of ['from', 'to'] as const) {
      const date = text(goal, key);
      if (date !== undefined && /^\d{4}-\d{2}-\d{2}$/.test(date) && Number.isNaN(dayNumber(date))) findings.fault(['goals', index, key], `The calendar has no ${date}.`, 'Write a date that exists.');
    }
    if (from !== undefined && to !== undefined && to < from) findings.fault(['goals', index, 'to'], `The goal ends on ${to}, before it begins (${from}).`, 'Write a later date.');
    const id = text(goal, 'id');
    if (id !== undefined && ids.indexOf(id) < index) findings.fault(['goals', index, 'id'], `The goal \`${id}\` stands twice.`, 'Give each goal an id of its own.');
    for (const team of ['marketing', 'sales'] as const)
      if (isRecord(get(goal, 'owners')) && text(goal, 'owners', team) === undefined) findings.warn(['goals', index, 'owners'], `The goal has no owner in ${team}.`, 'A shared goal has an owner in both teams: name one.');
  }
  const rates = get(data, 'reports', 'rates');
  for (const currency of isRecord(rates) ? Object.keys(rates) : [])
    for (const [index, rate] of list(data, 'reports', 'rates', currency).entries()) {
      const from = text(rate, 'from');
      if (from !== undefined && /^\d{4}-\d{2}-\d{2}$/.test(from) && Number.isNaN(dayNumber(from))) findings.fault(['reports', 'rates', currency, index, 'from'], `The calendar has no ${from}.`, 'Write a date that exists.');
    }
}

const CRON_RANGES = [[0, 59], [0, 23], [1, 31], [1, 12], [0, 7]] as const;

/** Five fields of numbers, ranges, lists and steps; names of months and weekdays are not used. */
function isCronLine(line: string): boolean {
  const fields = line.trim().split(/\s+/);
  return (
    fields.length === CRON_RANGES.length &&
    fields.every((field, index) => {
      const [low, high] = CRON_RANGES[index] ?? [0, 0];
      return field.split(',').every((part) => {
        const match = /^(\*|(\d+)(?:-(\d+))?)(?:\/([1-9]\d*))?$/.exec(part);
        if (match === null) return false;
        const first = Number(match[2] ?? low);
        const last = Number(match[3] ?? first);
        return first >= low && last <= high && first <= last;
      });
    })
  );
}

/** S4: what marketing promises can be measured. */
export function checkMarketing(data: unknown, fieldIds: ReadonlySet<string>, findings: Findings): void {
  for (const [index, field] of list(data, 'marketing', 'fields').entries())
    if (typeof field === 'string' && !fieldIds.has(field)) findings.fault(['marketing', 'fields', index], `There is no field \`${field}\`.`, `Name one of \`fields\`: ${[...fieldIds].join(', ')}.`);
}
