import { CRM_NAMES } from '../../domain/record';
import { EXIT, type ExitCode } from '../../domain/problem';
import { acceptance, changedPeople, CLOCKS, whatIf, type Tally, type WhatIf, type WhatIfRequest } from '../../run/whatIf';
import { now, readAgreement } from '../../wire';
import { json, jsonWithList, moment, say, table } from '../print';
import { withStore, type CommonOptions } from '../session';

interface WhatIfOptions extends CommonOptions {
  /** The changed agreement; the one in force is that of the settings. */
  agreement: string;
  days: number;
  people?: boolean;
}

const DAY_MS = 86_400_000;

/** How many deals and people the terminal names; JSON has them all. */
const SHOWN = 50;

/** What the recorded evidence would have come to under another agreement. Reads the store alone and writes nothing. */
export async function whatIfAgreement({ agreement: file, days, people, ...options }: WhatIfOptions): Promise<ExitCode> {
  const changed = readAgreement(file);
  return withStore(options, async ({ store, agreement: current, timeZone }) => {
    const to = now();
    const request: WhatIfRequest = { store, current, changed, window: { from: to - days * DAY_MS, to } };
    const result = await whatIf(request);
    if (options.json === true) {
      const head = documentOf(result, days, { current: current.hash, changed: changed.hash });
      if (people === true) await jsonWithList(head, 'changed_people', documents(request));
      else json(head);
      return EXIT.done;
    }
    await print(result, request, days, timeZone, people === true);
    return EXIT.done;
  });
}

async function* documents(request: WhatIfRequest): AsyncGenerator<unknown> {
  for await (const { at, ...each } of changedPeople(request)) yield { ...each, at: iso(at) };
}

function iso(at: number): string {
  return new Date(at).toISOString();
}

function tallyOf(tally: Tally, days: number): Record<string, unknown> {
  return {
    mqls: tally.mqls,
    mqls_per_week: perWeek(tally.mqls, days),
    people: tally.people,
    standing: tally.standing,
    undecided: tally.undecided,
    clauses: Object.entries(tally.clauses)
      .map(([clause, mqls]) => ({ clause, mqls }))
      .sort((a, b) => b.mqls - a.mqls || (a.clause < b.clause ? -1 : 1)),
    outcomes: tally.outcomes,
    acceptance: acceptance(tally),
    clocks: CLOCKS.map((name) => ({ clock: name, ...tally.clocks[name] })),
  };
}

function perWeek(n: number, days: number): number {
  return Number(((n * 7) / days).toFixed(2));
}

function documentOf(result: WhatIf, days: number, agreements: { current: string; changed: string }): Record<string, unknown> {
  return {
    days,
    from: iso(result.window.from),
    to: iso(result.window.to),
    recorded_since: result.adoptedAt === null ? null : iso(result.adoptedAt),
    agreements,
    people: { seen: result.people, held: result.held, become_mql: result.become, no_longer_mql: result.noLonger, cannot_tell: result.cannotTell },
    recorded: tallyOf(result.recorded, days),
    current: tallyOf(result.current, days),
    changed: tallyOf(result.changed, days),
    not_recorded: result.unrecorded,
    won_deals: { kept: result.won.kept, older_than_window: result.won.before, cannot_tell: result.won.undecided, missed: result.won.missed, never_mql: result.won.never },
    missed_won_deals: result.missed.map(({ id, name, amount, currency, wonAt, closeDate, judgedBy }) => ({ id, name, amount, currency, won_at: iso(wonAt), close_date: closeDate, judged_by: judgedBy })),
    approximations: approximations(result),
  };
}

/** What the figures cannot know, in words. */
function approximations(result: WhatIf): string[] {
  const early = result.adoptedAt === null || result.adoptedAt > result.window.from;
  return [
    'Of every field the latest value is kept, with its time. What stood there before is taken as unknown; where a recorded handoff proves that a clause held, the clause’s own value stands in for it (a score that met “at least 60” counts as 60).',
    'Both agreements are replayed the same way: compare “now” with “changed”. “Recorded” is what really happened.',
    'Everybody starts from their recorded stage at the beginning of the window; who was handed over before it stays so. Deals of theirs are judged by present values: missed when these meet the criteria now in force and not the changed ones.',
    'Sales’ recorded answer to a handoff is the answer to the replayed one, as long after it. What sales never saw has no answer.',
    ...(early ? ['The window begins before Concord’s record does: who was found by the first run is replayed from it on.'] : []),
    ...(result.unrecorded.length > 0 ? ['A field that is not recorded decides nothing: who depends on it is counted as “cannot be told”.'] : []),
  ];
}

const percent = (share: number | null): string => (share === null ? '–' : `${Math.round(share * 100)} %`);

async function print(result: WhatIf, request: WhatIfRequest, days: number, timeZone: string, people: boolean): Promise<void> {
  const sides = [result.recorded, result.current, result.changed];
  const row = (title: string, value: (tally: Tally) => string | number): (string | number)[] => [title, ...sides.map(value)];
  say(`The last ${days} days (${moment(result.window.from, timeZone)} to ${moment(result.window.to, timeZone)}, ${timeZone}), ${result.people} people.`);
  table(
    ['', 'recorded', 'now, replayed', 'changed, replayed'],
    [
      row('MQLs', (tally) => tally.mqls),
      row('MQLs per week', (tally) => perWeek(tally.mqls, days)),
      ...clauses(sides).map((clause) => row(`  by ${clause}`, (tally) => tally.clauses[clause] ?? 0)),
      ['met the criteria before the window', '–', result.current.standing, result.changed.standing],
      ['cannot be told', '–', result.current.undecided, result.changed.undecided],
      row('accepted by sales', (tally) => tally.outcomes.accepted),
      row('rejected by sales', (tally) => tally.outcomes.rejected),
      row('returned unanswered', (tally) => tally.outcomes.returned),
      row('no answer yet', (tally) => tally.outcomes.waiting),
      row('unknown: sales never saw them', (tally) => tally.outcomes.unseen),
      row('accepted of those answered', (tally) => percent(acceptance(tally))),
    ],
    { compact: true },
  );
  say('Deadlines, as started / due / missed / due but unknown:');
  table(
    ['clock', 'recorded', 'now, replayed', 'changed, replayed'],
    CLOCKS.map((name) => [name.replaceAll('_', ' '), ...sides.map(({ clocks }) => `${clocks[name].started} / ${clocks[name].due} / ${clocks[name].missed} / ${clocks[name].unknown}`)]),
    { compact: true },
  );
  say(`People: ${result.become} would become an MQL, ${result.noLonger} no longer would${result.cannotTell > 0 ? `, of ${result.cannotTell} it cannot be told` : ''}.${people ? '' : ' --people names them.'}`);
  if (people) await printPeople(request, timeZone);
  const { won } = result;
  say(`Won deals of the window: ${won.kept} kept, ${won.missed} missed, ${won.before} of people who were handed over before it and cannot be judged, ${won.undecided} cannot be told, ${won.never} without an MQL either way.`);
  if (result.missed.length > 0) {
    say('Missed: won with people who would not have been an MQL by then:');
    table(
      ['deal', 'amount', 'won', 'id', 'judged by'],
      result.missed.slice(0, SHOWN).map((deal) => [deal.name, deal.amount === null ? '' : `${deal.amount}${deal.currency === null ? '' : ` ${deal.currency}`}`, deal.closeDate ?? moment(deal.wonAt, timeZone), deal.id, deal.judgedBy.replace('_', ' ')]),
      { compact: true },
    );
    if (result.missed.length > SHOWN) say(`… and ${result.missed.length - SHOWN} more (--json names all)`);
  }
  for (const field of result.unrecorded) {
    say(`Not recorded: ${field.field} of the ${CRM_NAMES[field.crm]} ${field.object} (${field.recorded} of ${field.records} records have it). It needs a full read: \`concord sync --full\` under an agreement that names it.`);
  }
  if (result.held > 0) say(`Held, so not judged: ${result.held} (concord report parity names them).`);
  say('What is approximated:');
  for (const line of approximations(result)) say(`- ${line}`);
}

function clauses(sides: Tally[]): string[] {
  return [...new Set(sides.flatMap((tally) => Object.keys(tally.clauses)))].sort();
}

const CHANGES = { becomes_mql: 'becomes an MQL', no_longer_mql: 'no longer an MQL', cannot_tell: 'cannot be told' } as const;

async function printPeople(request: WhatIfRequest, timeZone: string): Promise<void> {
  const rows: string[][] = [];
  let more = 0;
  for await (const each of changedPeople(request)) {
    if (rows.length < SHOWN) rows.push([each.name ?? '', each.email ?? each.person, CHANGES[each.change], moment(each.at, timeZone)]);
    else more += 1;
  }
  table(['person', 'e-mail', 'under the changed agreement', 'MQL at'], rows, { compact: true });
  if (more > 0) say(`… and ${more} more (--json names all)`);
}
