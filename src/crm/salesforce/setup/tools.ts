import type { FieldNeed, SalesNeeds } from '../../port';
import type { Component } from './components';

/*
 * What reps work with beside the fields, in the Metadata API's shapes. They belong to Lead: a contact has no status to reject with.
 * Shapes: https://developer.salesforce.com/docs/atlas.en-us.api_meta.meta/api_meta/ (meta_validationformulas, meta_listview, meta_quickaction,
 * meta_pathassistant, meta_leadconvertsettings, meta_custompermission). Labels: list views up to 40 characters, rule messages up to 255.
 */

/** Lets its holders save what the rule refuses: Concord carries rejections that HubSpot's users gave without a reason (F4). */
export const BYPASS = 'Concord_Bypass';
export const CONVERSION = 'LeadConvertSettings';
export const PATH = 'Concord_Lead_Path';
const REASON_RULE = 'Lead.Concord_Reason_Required';

/** The components in an order in which each finds what it needs. */
export function salesComponents(needs: readonly FieldNeed[], sales: SalesNeeds): Component[] {
  return [
    { type: 'CustomPermission', body: { fullName: BYPASS, description: 'Saves rejections without a reason: for integrations, not for reps.', label: 'Concord: reject without a reason' } },
    ...(sales.rejected.length === 0 ? [] : [reasonRule(sales)]),
    ...listViews(sales),
    ...(sales.rejected.length === 0 ? [] : [rejectAction(sales)]),
    ...path(sales),
    conversion(needs),
  ];
}

/**
 * Refuses a lead that is being rejected without a reason. It looks at what changes, so that old leads which are rejected without a reason can still be
 * edited. It fires for API writes too, hence the bypass.
 */
function reasonRule({ fields, rejected, rejectedByType, texts }: SalesNeeds): Component {
  const isIn = (statuses: string[]): string => `OR(${statuses.map((status) => `ISPICKVAL(Status, ${quoted(status)})`).join(', ')})`;
  const isOf = ({ recordType }: { recordType: string }): string => `RecordType.DeveloperName = ${quoted(recordType)}`;
  const ofTypes = rejectedByType.map((type) => `AND(${isOf(type)}, ${isIn(type.statuses)})`);
  const isRejected = ofTypes.length === 0 ? isIn(rejected) : `OR(AND(NOT(OR(${rejectedByType.map(isOf).join(', ')})), ${isIn(rejected)}), ${ofTypes.join(', ')})`;
  const isTouched = `OR(ISNEW(), ISCHANGED(Status), ISCHANGED(${fields.reason}))`;
  return {
    type: 'ValidationRule',
    body: {
      fullName: REASON_RULE,
      active: true,
      description: 'A rejection needs a reason. Made by Concord.',
      errorConditionFormula: `AND(${isRejected}, ISBLANK(TEXT(${fields.reason})), ${isTouched}, NOT($Permission.${BYPASS}))`,
      errorDisplayField: fields.reason,
      errorMessage: texts.reasonRequired,
    },
  };
}

function quoted(text: string): string {
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}

interface Filter {
  field: string;
  operation: string;
  value?: string;
}

function listViews({ fields, rejected: onMost, rejectedByType, awaiting, breached, texts }: SalesNeeds): Component[] {
  const rejected = [...new Set([...onMost, ...rejectedByType.flatMap(({ statuses }) => statuses)])];
  const view = (name: string, label: string, columns: string[], filters: Filter[]): Component => ({
    type: 'ListView',
    body: { fullName: `Lead.${name}`, columns: ['FULL_NAME', 'LEAD.COMPANY', 'LEAD.STATUS', ...columns], filterScope: 'Everything', filters, label },
  });
  return [
    view('Concord_Awaiting_Answer', texts.awaiting, [fields.mqlWhy, fields.sla, fields.slaDueAt], [{ field: fields.stage, operation: 'equals', value: awaiting }]),
    // A filter without a value finds blanks. Several values of one filter stand with commas between them.
    ...(rejected.length === 0
      ? []
      : [view('Concord_Rejected_No_Reason', texts.withoutReason, [fields.stage, fields.note], [{ field: 'LEAD.STATUS', operation: 'equals', value: rejected.map(listed).join(',') }, { field: fields.reason, operation: 'equals' }])]),
    view('Concord_Breached', texts.breached, [fields.stage, fields.slaDueAt], [{ field: fields.sla, operation: 'equals', value: breached }]),
  ];
}

function listed(value: string): string {
  return value.includes(',') ? `"${value}"` : value;
}

/** Sets the status and asks for the reason in one step; page layouts have to show it. */
function rejectAction({ fields, rejected, texts }: SalesNeeds): Component {
  const column = (shown: [field: string | null, uiBehavior: 'Required' | 'Edit'][]): Record<string, unknown> => ({
    quickActionLayoutItems: shown.flatMap(([field, uiBehavior]) => (field === null ? [] : [{ emptySpace: false, field, uiBehavior }])),
  });
  return {
    type: 'QuickAction',
    body: {
      fullName: 'Lead.Concord_Reject',
      fieldOverrides: [{ field: 'Status', literalValue: rejected[0] }],
      label: texts.reject,
      optionsCreateFeedItem: false,
      quickActionLayout: {
        layoutSectionStyle: 'TwoColumnsLeftToRight',
        quickActionLayoutColumns: [column([[fields.reason, 'Required'], [fields.recycleOn, 'Edit']]), column([[fields.note, 'Edit'], [fields.detail, 'Edit']])],
      },
      type: 'Update',
    },
  };
}

/** Guidance for reps where they change the status. Key fields: at most five a step. */
function path({ fields, open, rejected, texts }: SalesNeeds): Component[] {
  const step = (status: string, fieldNames: string[], info: string): Record<string, unknown> => ({ fieldNames, info, picklistValueName: status });
  const steps = [
    ...(open === null || rejected.includes(open) ? [] : [step(open, [fields.mqlWhy, fields.sla, fields.slaDueAt], texts.guideOpen)]),
    ...rejected.map((status) => step(status, [fields.reason, fields.note, fields.recycleOn, fields.detail].filter((field) => field !== null), texts.guideRejected)),
  ];
  if (steps.length === 0) return [];
  return [{ type: 'PathAssistant', body: { fullName: PATH, active: true, entityName: 'Lead', fieldName: 'Status', masterLabel: texts.path, pathAssistantSteps: steps, recordTypeName: '__MASTER__' } }];
}

/** A converted lead's values go on with the contact (I2). Not a unique one: where another contact has it already, the rep's conversion would be refused. */
function conversion(needs: readonly FieldNeed[]): Component {
  const contact = new Set(needs.filter((need) => need.object === 'contact').map((need) => need.name));
  const mappingFields = needs.filter((need) => need.object === 'lead' && need.unique !== true && contact.has(need.name)).map(({ name }) => ({ inputField: name, outputField: name }));
  return { type: 'LeadConvertSettings', body: { fullName: CONVERSION, objectMapping: [{ inputObject: 'Lead', mappingFields, outputObject: 'Contact' }] } };
}
