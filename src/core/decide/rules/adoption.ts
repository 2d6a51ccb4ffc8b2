import type { EpochMs, MirrorRecord } from '../../../domain/record';
import { SHOWN } from '../../../domain/ownFields';
import { isOffRamp, isStageId, rank, type StageId } from '../../../domain/stage';
import { openHandoff, moveTo, stageHolds, type Context } from '../context';

/**
 * L7: on a live portal the furthest stage that either CRM already shows is taken as the start; nothing moves backward and nothing older starts a clock.
 * A stage that conditions alone would give counts as shown when sales' facts carry it (conversion, opportunities), not when only marketing's criteria do.
 */
export function adopt(ctx: Context): void {
  const { state } = ctx;
  state.adoptedAt = ctx.now;
  let start: { stage: StageId; at: EpochMs; where: string } | null = null;
  const offer = (stage: StageId, at: EpochMs, where: string): void => {
    if (start === null || rank(stage) > rank(start.stage)) start = { stage, at, where };
  };
  for (const shown of shownStages(ctx)) offer(shown.stage, shown.at, shown.where);
  for (const stage of ['customer', 'opportunity', 'sql', 'sal'] as const) {
    const held = stageHolds(ctx, stage);
    if (held.holds) offer(stage, held.at, 'its evidence');
  }
  const found = start as { stage: StageId; at: EpochMs; where: string } | null;
  if (found === null) return;
  moveTo(ctx, found.stage, found.at, 'L7', `found at ${found.stage} in ${found.where}`);
  // An MQL that sales has no record of is not handed over yet: whether it can be is for `qualify` to say (L6).
  if ((found.stage === 'mql' && ctx.primary !== null) || found.stage === 'sal' || found.stage === 'sql' || found.stage === 'opportunity') openAdopted(ctx, found.at);
}

/** An adopted MQL is an open handoff without clocks. */
function openAdopted(ctx: Context, at: EpochMs): void {
  if (openHandoff(ctx) !== null) return;
  ctx.state.handoffs.push({
    cycle: ctx.state.handoffs.length + 1,
    openedAt: at,
    adopted: true,
    why: 'found at adoption',
    carriedAt: null,
    firstTouchAt: null,
    acceptedAt: null,
    rejection: null,
    closedAt: null,
    closedAs: null,
    ownerId: ctx.primary?.owner?.id ?? null,
    sla: null,
    slaDueAt: null,
  });
}

function shownStages(ctx: Context): { stage: StageId; at: EpochMs; where: string }[] {
  const { agreement } = ctx.terms;
  const shown: { stage: StageId; at: EpochMs; where: string }[] = [];
  const add = (record: MirrorRecord, field: string, stages: StageId[], where: string): void => {
    const at = record.since[field]?.at ?? record.modifiedAt;
    for (const stage of stages) if (!isOffRamp(stage)) shown.push({ stage, at, where });
  };
  const lifecycle = ctx.contact?.fields[SHOWN.lifecycle];
  if (ctx.contact !== null && typeof lifecycle === 'string') {
    add(ctx.contact, SHOWN.lifecycle, leastFirst(agreement.stageOfLifecycle(lifecycle)), 'HubSpot');
  }
  for (const record of ctx.people) {
    const status = record.fields[SHOWN.leadStatus];
    if (record.ref.object === 'lead' && typeof status === 'string') add(record, SHOWN.leadStatus, leastFirst(agreement.of(record).stagesOfLeadStatus(status, 'salesforce')), 'Salesforce');
    const own = agreement.ownField('stage').salesforce;
    const stage = own === null ? undefined : record.fields[own];
    if (own !== null && isStageId(stage)) add(record, own, [stage], 'Salesforce');
  }
  return shown;
}

/** A value that can show several stages proves only the least of them. */
function leastFirst(stages: StageId[]): StageId[] {
  const ladder = stages.filter((stage) => !isOffRamp(stage)).sort((a, b) => rank(a) - rank(b));
  return ladder.slice(0, 1);
}
