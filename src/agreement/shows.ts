import { SHOWN } from '../domain/ownFields';
import type { CrmName, Fields } from '../domain/record';
import { STAGES, type StageId } from '../domain/stage';
import type { Agreement, Stage } from './schema';

/** The CRM fields that show a stage (L13): HubSpot's `lifecyclestage` and `hs_lead_status`, Salesforce's `Lead.Status`. */
export type ShownField = 'lifecyclestage' | 'hs_lead_status' | 'lead_status';

/** How stages show in the CRMs' own fields. Values are compared ignoring case. */
export interface Shows {
  /** The value that shows the stage, or null when the agreement gives none. */
  shows(stage: StageId, field: ShownField): string | null;
  /** Whether a value belongs to the stage, and so is left alone (L13). An empty field belongs to a stage that shows nothing there. */
  belongs(stage: StageId, field: ShownField, value: string | null): boolean;
  /** The stages that a HubSpot lifecycle stage can show, in the ladder's order, off-ramps last. Empty: it maps to none (`evangelist`) and stays as it is (L3). */
  stageOfLifecycle(value: string): StageId[];
  /** The stages that a lead status belongs to, in the same order. */
  stagesOfLeadStatus(status: string, crm: CrmName): StageId[];
  /** Whether a lead status rejects (F1). */
  rejected(status: string | null, crm: CrmName): boolean;
  /** The lead statuses that reject, as the agreement spells them. */
  rejecting(crm: CrmName): readonly string[];
}

/** What is looked at to tell how stages show on a record. */
export interface Shown {
  fields: Fields;
}

/** How stages show on a record: as on all, or as the leads of its record type show them. */
export function compileShowsOf(settings: Agreement, onAll: Shows): (record: Shown) => Shows {
  const byType = new Map(settings.lead_record_types.map((type) => [type.name.toLowerCase(), compileShows(ofType(settings, type))]));
  return ({ fields }) => {
    const type = fields[SHOWN.recordType];
    return typeof type === 'string' ? (byType.get(type.toLowerCase()) ?? onAll) : onAll;
  };
}

/** The agreement as the leads of a record type read it. */
function ofType(settings: Agreement, { stages, rejects }: Agreement['lead_record_types'][number]): Agreement {
  const { rejection } = settings;
  const { signals } = rejection;
  return {
    ...settings,
    stages: settings.stages.map((stage) => ({ ...stage, salesforce: stages[stage.id] ?? (rejects !== undefined && isRejectionStage(stage.id) ? { also: [] } : stage.salesforce) })),
    rejection: { ...rejection, signals: { ...signals, salesforce: { ...signals.salesforce, lead_status: rejects ?? signals.salesforce.lead_status } } },
  };
}

export function compileShows(settings: Agreement): Shows {
  const { signals } = settings.rejection;
  const rejecting = { hubspot: lowered(signals.hubspot.hs_lead_status), salesforce: lowered(signals.salesforce.lead_status) };
  const shown = new Map<string, string>();
  const belonging = new Map<string, Set<string>>();
  const stagesOf = new Map<string, StageId[]>();
  for (const id of STAGES) {
    const stage = settings.stages.find((one) => one.id === id);
    if (stage === undefined) continue;
    for (const field of ['lifecyclestage', 'hs_lead_status', 'lead_status'] as const) {
      const { value, also } = valuesOf(stage, field, signals);
      if (value !== undefined) shown.set(`${id} ${field}`, value);
      const values = lowered(value === undefined ? also : [value, ...also]);
      belonging.set(`${id} ${field}`, values);
      for (const one of values) stagesOf.set(`${field} ${one}`, [...(stagesOf.get(`${field} ${one}`) ?? []), id]);
    }
  }
  return {
    shows: (stage, field) => shown.get(`${stage} ${field}`) ?? null,
    belongs: (stage, field, value) => {
      const values = belonging.get(`${stage} ${field}`);
      if (value === null) return values === undefined || values.size === 0;
      return values?.has(value.toLowerCase()) ?? false;
    },
    stageOfLifecycle: (value) => [...(stagesOf.get(`lifecyclestage ${value.toLowerCase()}`) ?? [])],
    stagesOfLeadStatus: (status, crm) => [...(stagesOf.get(`${crm === 'hubspot' ? 'hs_lead_status' : 'lead_status'} ${status.toLowerCase()}`) ?? [])],
    rejected: (status, crm) => status !== null && rejecting[crm].has(status.toLowerCase()),
    rejecting: (crm) => (crm === 'hubspot' ? signals.hubspot.hs_lead_status : signals.salesforce.lead_status),
  };
}

function isRejectionStage(id: StageId): boolean {
  return id === 'recycled' || id === 'disqualified';
}

function lowered(values: readonly string[]): Set<string> {
  return new Set(values.map((value) => value.toLowerCase()));
}

/** Where the stages of a rejection name no status of their own, the first rejecting status shows them: a reason alone rejects, and the status follows it (F1). */
function valuesOf(stage: Stage, field: ShownField, signals: Agreement['rejection']['signals']): { value: string | undefined; also: string[] } {
  const isRejection = isRejectionStage(stage.id);
  switch (field) {
    case 'lifecyclestage':
      return { value: stage.hubspot.lifecyclestage, also: stage.hubspot.also };
    case 'hs_lead_status':
      return { value: stage.hubspot.hs_lead_status ?? (isRejection ? signals.hubspot.hs_lead_status[0] : undefined), also: stage.hubspot.also_lead_status };
    case 'lead_status':
      return { value: stage.salesforce.lead_status ?? (isRejection ? signals.salesforce.lead_status[0] : undefined), also: stage.salesforce.also };
  }
}
