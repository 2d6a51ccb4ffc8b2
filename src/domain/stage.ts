/** The canonical lifecycle stages, in order, and the off-ramps (design.md section 1). */
export const LADDER = ['subscriber', 'lead', 'mql', 'sal', 'sql', 'opportunity', 'customer'] as const;
export const OFF_RAMPS = ['recycled', 'disqualified', 'lost'] as const;
export const STAGES = [...LADDER, ...OFF_RAMPS] as const;

export type LadderStage = (typeof LADDER)[number];
export type OffRamp = (typeof OFF_RAMPS)[number];
export type StageId = (typeof STAGES)[number];

/** Stages that only sales' evidence may enter (L3). */
export const SALES_OWNED: readonly StageId[] = ['sal', 'sql', 'opportunity', 'customer'];

/** `unmapped` and `review` are no choice of the agreement's: words that no reason knows, and the same reason for the third time (a person decides). */
export const ROUTES = ['recycle', 'nurture', 'fix_data', 'disqualify', 'suppress', 'duplicate', 'reroute', 'unmapped', 'review'] as const;
export type Route = (typeof ROUTES)[number];

export function isStageId(value: unknown): value is StageId {
  return typeof value === 'string' && (STAGES as readonly string[]).includes(value);
}

/** How far up the ladder a stage stands; an off-ramp stands below everything (it is left by new evidence, not by rank). */
export function rank(stage: StageId | null): number {
  if (stage === null) return -1;
  return (LADDER as readonly string[]).indexOf(stage);
}

export function isOffRamp(stage: StageId | null): stage is OffRamp {
  return stage !== null && (OFF_RAMPS as readonly string[]).includes(stage);
}

/** The reason under which an unanswered handoff returns to marketing: the system's, never a rep's (S1). */
export const SLA_EXPIRED = 'sla_expired';

export const SLA_STATES = ['on_track', 'due_soon', 'breached', 'met'] as const;
export type SlaState = (typeof SLA_STATES)[number];
