import type { StageId } from '../../domain/stage';
import { SHOWN } from '../../domain/ownFields';
import { renameInConditions } from './conditions';
import { among, noteOf, sameText, shownChoice, stageIndex, type Choice, type Decision, type Proposing } from './decisions';
import { saysStage, statusMeaning } from './words';

interface Status extends Choice {
  isDefault: boolean;
}

/**
 * Salesforce's lead statuses: which one opens a handoff, which ones mean that a rep works on it, which ones reject (F1, L13). A converted status is never
 * written, so it is never proposed.
 */
export function proposeLeadStatuses(on: Proposing): void {
  const options = on.salesforce.description.lead?.[SHOWN.leadStatus]?.options;
  if (options === undefined || options.length === 0) return;
  const statuses: Status[] = options.filter((option) => option.converted !== true).map(({ value, label, isDefault }) => ({ value, label, isDefault: isDefault === true }));
  const choices = statuses.map(({ value, label }) => ({ value, label }));
  const meaningOf = new Map(statuses.map((status) => [status.value, statusMeaning(status)]));
  const meant = (meaning: string): Status[] => statuses.filter(({ value }) => meaningOf.get(value) === meaning);

  const rejecting = decideRejecting(on, choices, meant('rejecting'), statuses.filter(({ isDefault }) => isDefault));
  const isFree = (status: Choice): boolean => !rejecting.some((one) => sameText(one, status.value));
  const opening = decideOne(on, 'mql', choices, () => {
    const initial = statuses.find((status) => status.isDefault && isFree(status));
    const named = meant('opening').find(isFree);
    if (initial !== undefined) return { value: initial.value, how: 'found', why: `${shownChoice(initial)} is the status that Salesforce gives to new leads` };
    if (named !== undefined) return { value: named.value, how: 'guessed', why: `${shownChoice(named)} sounds like a lead that nobody has contacted yet` };
    const first = statuses.find(isFree) ?? statuses[0];
    return { value: first?.value ?? null, how: 'open', why: 'no status sounds like a lead that nobody has contacted yet' };
  });
  const worked = meant('working').filter((status) => isFree(status) && status.value !== opening);
  const working = decideOne(on, 'sal', choices, () => {
    const [named] = worked;
    if (named !== undefined) return { value: named.value, how: 'guessed', why: `${shownChoice(named)} sounds like a lead that a rep works on` };
    const between = statuses.find((status) => isFree(status) && status.value !== opening);
    return { value: between?.value ?? null, how: 'open', why: 'no status sounds like a lead that a rep works on' };
  });

  const before = rejectingOf(on);
  writeRejecting(on, rejecting, before);
  for (const ramp of ['recycled', 'disqualified', 'lost'] as const) decideRamp(on, ramp, choices, rejecting);
  const renamed = new Map<string, string[]>();
  const note = (old: string | null, now: string[]): void => {
    if (old !== null && among(old, choices) === undefined && !renamed.has(old)) renamed.set(old, now);
  };
  note(on.base.shows('mql', 'lead_status'), opening === null ? [] : [opening]);
  note(on.base.shows('sal', 'lead_status'), working === null ? [] : [working, ...worked.map(({ value }) => value).filter((value) => value !== working)]);
  for (const old of before) note(old, rejecting);
  renameInConditions(on, ['salesforce.lead.Status', 'salesforce.Status'], renamed);
}

type Found = Pick<Decision, 'how' | 'why' | 'value'>;

function decideOne(on: Proposing, stage: 'mql' | 'sal', choices: Choice[], propose: () => Found): string | null {
  const current = on.base.stage(stage).salesforce.lead_status ?? null;
  const answered = on.answers.leadStatus[stage];
  const kept = among(current ?? undefined, choices);
  const found: Found =
    answered !== undefined
      ? { value: answered, how: 'answered', why: `${shownChoice(among(answered, choices) ?? { value: answered, label: answered })} was given` }
      : kept !== undefined
        ? { value: kept.value, how: 'kept', why: 'the status is there' }
        : propose();
  const decision: Decision = { id: `stages.${stage}.salesforce.lead_status`, what: `the Salesforce lead status of ${stage === 'mql' ? 'a lead handed over' : 'a lead that sales accepted'} (${stage})`, flag: `--lead-status ${stage}=STATUS`, choices, ...found };
  on.decisions.push(decision);
  const path = ['stages', stageIndex(on, stage), 'salesforce', 'lead_status'];
  if (decision.value !== null) put(on, path, stage, decision);
  else if (current !== null) on.edits.remove(path, noteOf(decision));
  const also = on.base.stage(stage).salesforce.also.filter((value) => among(value, choices) !== undefined);
  if (also.length < on.base.stage(stage).salesforce.also.length) on.edits.set(['stages', stageIndex(on, stage), 'salesforce', 'also'], also, null);
  return decision.value;
}

/** A stage that has no `salesforce` yet gets one. */
function put(on: Proposing, path: (string | number)[], stage: StageId, decision: Decision): void {
  const note = noteOf(decision);
  if (on.edits.get('stages', stageIndex(on, stage), 'salesforce') === undefined) on.edits.addMap(['stages', stageIndex(on, stage), 'salesforce'], 'lead_status', decision.value ?? '', note);
  else on.edits.set(path, decision.value ?? '', note);
}

function rejectingOf(on: Proposing): string[] {
  return on.base.settings.rejection.signals.salesforce.lead_status;
}

function decideRejecting(on: Proposing, choices: Choice[], named: Status[], initial: Status[]): string[] {
  const kept = rejectingOf(on).flatMap((value) => among(value, choices)?.value ?? []);
  const answered = on.answers.rejecting?.map((value) => among(value, choices)?.value ?? value);
  // A status that new leads get cannot mean no as well.
  const last = choices.length < 2 || among(choices.at(-1)?.value, initial) !== undefined ? undefined : choices.at(-1);
  const decided: { value: string[] } & Pick<Decision, 'how' | 'why'> =
    answered !== undefined
      ? { value: answered, how: 'answered', why: 'these statuses were given' }
      : kept.length > 0
        ? { value: kept, how: kept.length === rejectingOf(on).length ? 'kept' : 'found', why: kept.length === rejectingOf(on).length ? 'the statuses are there' : 'the others are not there' }
        : named.length > 0
          ? { value: named.map(({ value }) => value), how: 'guessed', why: `${named.map(shownChoice).join(', ')} ${named.length === 1 ? 'sounds' : 'sound'} like a lead that sales said no to` }
          : { value: last === undefined ? [] : [last.value], how: 'open', why: `no status sounds like a lead that sales said no to${last === undefined ? ': only the reason rejects' : '; the last of the list stands here'}` };
  on.decisions.push({ id: 'rejection.signals.salesforce.lead_status', what: 'the Salesforce lead statuses with which sales says no', flag: '--rejecting STATUS', choices, ...decided, value: decided.value.join(', ') });
  return decided.value;
}

function writeRejecting(on: Proposing, rejecting: string[], before: string[]): void {
  if (rejecting.length === before.length && rejecting.every((value, index) => value === before[index])) return;
  const decision = on.decisions.find(({ id }) => id === 'rejection.signals.salesforce.lead_status');
  on.edits.set(['rejection', 'signals', 'salesforce', 'lead_status'], rejecting, decision === undefined ? null : noteOf(decision));
}

/** The off-ramps show a rejecting status (checked by the agreement): the one whose name fits, else the first. */
function decideRamp(on: Proposing, stage: 'recycled' | 'disqualified' | 'lost', choices: Choice[], rejecting: string[]): void {
  const { lead_status: current, also } = on.base.stage(stage).salesforce;
  const answered = on.answers.leadStatus[stage];
  const isRejecting = (value: string | undefined): boolean => value !== undefined && rejecting.some((one) => sameText(one, value));
  const path = ['stages', stageIndex(on, stage), 'salesforce', 'lead_status'];
  if (answered === undefined && isRejecting(current)) return;
  const fits = choices.find((choice) => isRejecting(choice.value) && saysStage(stage, choice));
  const value = answered ?? fits?.value ?? rejecting[0] ?? null;
  if (value === null) {
    if (current !== undefined) on.edits.remove(path, noteOf({ how: 'open', why: 'no status rejects' } as Decision));
    return;
  }
  const how = answered !== undefined ? 'answered' : fits === undefined ? 'found' : 'guessed';
  const why = answered !== undefined ? `${value} was given` : fits === undefined ? 'the first of the statuses that reject' : `${shownChoice(fits)} sounds like it`;
  const decision: Decision = { id: `stages.${stage}.salesforce.lead_status`, what: `the Salesforce lead status of ${stage}`, value, how, why, flag: `--lead-status ${stage}=STATUS`, choices };
  on.decisions.push(decision);
  put(on, path, stage, decision);
  const left = also.filter(isRejecting);
  if (left.length < also.length) on.edits.set(['stages', stageIndex(on, stage), 'salesforce', 'also'], left, null);
}
