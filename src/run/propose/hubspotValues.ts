import { LADDER, OFF_RAMPS, STAGES, type StageId } from '../../domain/stage';
import { SHOWN } from '../../domain/ownFields';
import { renameInConditions } from './conditions';
import { among, MARK, noteOf, sameText, shownChoice, stageIndex, type Choice, type Decision, type Proposing } from './decisions';
import { likeHubspotStatus, saysStage } from './words';

/**
 * HubSpot's lifecycle stages. Portals rename, reorder and delete the defaults, and their own stages have numeric ids. What is found by its name is a guess; a
 * stage that has no value of its own is shown by the one before it (L13 allows coarser), and marked.
 */
export function proposeLifecycle(on: Proposing): void {
  const options = on.hubspot.description.contact?.[SHOWN.lifecycle]?.options;
  if (options === undefined || options.length === 0) return;
  const choices = options.map(({ value, label }) => ({ value, label }));
  // A value that is gone is replaced everywhere by what its first stage is shown by now: `sal` goes with `mql` where they shared one.
  const renamed = new Map<string, string[]>();
  const settled = new Map<StageId, string>();
  for (const stage of [...LADDER, ...OFF_RAMPS]) {
    const current = on.base.stage(stage).hubspot.lifecyclestage;
    const decision = decideLifecycle(on, stage, current, choices, renamed, settled);
    on.decisions.push(decision);
    if (decision.value !== null) settled.set(stage, decision.value);
    if (current !== undefined && among(current, choices) === undefined && !renamed.has(current)) renamed.set(current, decision.value === null || decision.how === 'open' ? [] : [decision.value]);
    const path = ['stages', stageIndex(on, stage), 'hubspot', 'lifecyclestage'];
    if (decision.value === null) {
      if (current !== undefined) on.edits.remove(path, noteOf(decision));
    } else if (decision.value !== current) on.edits.set(path, decision.value, noteOf(decision), stage === 'sal' ? { instead: true } : {});
    const { also } = on.base.stage(stage).hubspot;
    const left = also.filter((value) => among(value, choices) !== undefined);
    if (left.length < also.length) on.edits.set(['stages', stageIndex(on, stage), 'hubspot', 'also'], left, null);
  }
  renameInConditions(on, ['hubspot.lifecyclestage'], renamed);
}

function decideLifecycle(on: Proposing, stage: StageId, current: string | undefined, choices: Choice[], renamed: ReadonlyMap<string, string[]>, settled: ReadonlyMap<StageId, string>): Decision {
  const decision = (value: string | null, how: Decision['how'], why: string): Decision => ({
    id: `stages.${stage}.hubspot.lifecyclestage`,
    what: `the HubSpot lifecycle stage of ${stage}`,
    value, how, why,
    flag: `--stage ${stage}=VALUE`,
    choices,
  });
  const answered = on.answers.lifecycle[stage];
  if (answered !== undefined) return decision(answered, 'answered', `${shownChoice(among(answered, choices) ?? { value: answered, label: answered })} was given`);
  const kept = among(current, choices);
  // A stage that shares another's value may have got one of its own in this portal: custom ones say so in their label.
  const isShared = current !== undefined && STAGES.some((other) => other !== stage && sameText(on.base.stage(other).hubspot.lifecyclestage ?? '', current));
  const named = choices.find((choice) => saysStage(stage, choice) && !isDefaultOfAnother(stage, choice.value));
  if (kept !== undefined && !(isShared && named !== undefined && /^\d+$/.test(named.value))) return decision(kept.value, 'kept', 'the stage is there');
  if (named !== undefined) return decision(named.value, 'guessed', `${shownChoice(named)} sounds like ${stage}`);
  const follows = current === undefined ? undefined : renamed.get(current)?.[0];
  if (follows !== undefined) return decision(follows, 'found', `shown by the same value as before its renaming, ${shownChoice(among(follows, choices) ?? { value: follows, label: follows })}`);
  if (current === undefined) return decision(null, 'kept', 'no value shows it');
  const before = (OFF_RAMPS as readonly StageId[]).includes(stage) ? settled.get('lead') : [...LADDER].slice(0, LADDER.indexOf(stage as (typeof LADDER)[number])).reverse().flatMap((one) => settled.get(one) ?? [])[0];
  if (before === undefined) return decision(null, 'open', `“${current}” is not there, and no stage sounds like ${stage}: nothing shows it`);
  return decision(before, 'open', `“${current}” is not there, and no stage sounds like ${stage}: shown by the value of an earlier stage`);
}

const DEFAULTS: Readonly<Record<string, StageId>> = {
  subscriber: 'subscriber', lead: 'lead', marketingqualifiedlead: 'mql', salesqualifiedlead: 'sql', opportunity: 'opportunity', customer: 'customer',
};

function isDefaultOfAnother(stage: StageId, value: string): boolean {
  const of = DEFAULTS[value.toLowerCase()];
  return of !== undefined && of !== stage;
}

/** HubSpot's lead statuses, on stages and where they reject. One that is gone and has no likeness is left out: stages need no lead status. */
export function proposeHubspotStatuses(on: Proposing): void {
  const options = on.hubspot.description.contact?.[SHOWN.hubspotStatus]?.options;
  if (options === undefined || options.length === 0) return;
  const choices = options.map(({ value, label }) => ({ value, label }));
  const renamed = new Map<string, string[]>();
  const carry = (value: string): Choice | undefined => among(value, choices) ?? likeHubspotStatus(value.toUpperCase(), choices);
  const remember = (value: string): Choice | undefined => {
    const now = carry(value);
    if (among(value, choices) === undefined && !renamed.has(value)) renamed.set(value, now === undefined ? [] : [now.value]);
    return now;
  };

  const before = on.base.settings.rejection.signals.hubspot.hs_lead_status;
  const carried = [...new Set(before.flatMap((value) => remember(value)?.value ?? []))];
  const answered = on.answers.hubspotRejecting;
  const rejecting = answered ?? carried;
  const isSame = rejecting.length === before.length && rejecting.every((value, index) => value === before[index]);
  const decision: Decision = {
    id: 'rejection.signals.hubspot.hs_lead_status',
    what: 'the HubSpot lead statuses with which sales says no',
    value: rejecting.join(', '),
    how: answered !== undefined ? 'answered' : isSame ? 'kept' : rejecting.length === 0 ? 'open' : 'guessed',
    why: answered !== undefined ? 'these statuses were given' : isSame ? 'the statuses are there' : rejecting.length === 0 ? 'no status sounds like a no: in HubSpot only the reason rejects' : `${rejecting.map((value) => shownChoice(among(value, choices) ?? { value, label: value })).join(', ')} ${rejecting.length === 1 ? 'sounds' : 'sound'} like a no`,
    flag: '--hubspot-rejecting STATUS',
    choices,
  };
  on.decisions.push(decision);
  if (!isSame) on.edits.set(['rejection', 'signals', 'hubspot', 'hs_lead_status'], rejecting, noteOf(decision));

  const rejects = (value: string): boolean => rejecting.some((one) => sameText(one, value));
  for (const stage of STAGES) decideStatus(on, stage, choices, rejecting, rejects, remember);
  renameInConditions(on, ['hubspot.hs_lead_status'], renamed);
}

function decideStatus(on: Proposing, stage: StageId, choices: Choice[], rejecting: readonly string[], rejects: (value: string) => boolean, remember: (value: string) => Choice | undefined): void {
  const { hs_lead_status: current, also_lead_status: also } = on.base.stage(stage).hubspot;
  const isRamp = (OFF_RAMPS as readonly StageId[]).includes(stage);
  // The agreement's own rule: an off-ramp shows a rejecting status, the ladder never does (F6).
  const allowed = (value: string): boolean => stage === 'lost' || rejects(value) === isRamp;
  const path = ['stages', stageIndex(on, stage), 'hubspot', 'hs_lead_status'];
  const answered = on.answers.hubspotStatus[stage];
  if (current !== undefined || answered !== undefined) {
    const now = current === undefined ? undefined : remember(current);
    const fitting = now !== undefined && allowed(now.value) ? now : undefined;
    const value = answered ?? fitting?.value ?? (isRamp ? (rejecting[0] ?? null) : null);
    const isKept = answered === undefined && value === current;
    const decision: Decision = {
      id: `stages.${stage}.hubspot.hs_lead_status`,
      what: `the HubSpot lead status of ${stage}`,
      value,
      // A stage needs no lead status, so that none is no question.
      how: answered !== undefined ? 'answered' : isKept ? 'kept' : fitting !== undefined || value === null ? 'guessed' : 'found',
      why: answered !== undefined ? `${answered} was given` : isKept ? 'the status is there' : fitting !== undefined ? `${shownChoice(fitting)} sounds like ${current ?? stage}` : value === null ? `“${current ?? ''}” is not there, and no status sounds like it: none is written` : 'the first of the statuses that reject',
      flag: `--hubspot-status ${stage}=VALUE`,
      choices,
    };
    on.decisions.push(decision);
    if (value === null) on.edits.remove(path, noteOf(decision));
    else if (!isKept) on.edits.set(path, value, noteOf(decision));
  }
  const carried = [...new Set(also.flatMap((value) => remember(value)?.value ?? []))].filter(allowed);
  if (carried.length !== also.length || carried.some((value, index) => value !== also[index])) on.edits.set(['stages', stageIndex(on, stage), 'hubspot', 'also_lead_status'], carried, `${MARK} the statuses that are there`);
}
