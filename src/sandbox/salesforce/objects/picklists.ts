/** A value of a pick-list. `value` is what is stored and compared; `label` is what people see. */
export interface PicklistValue {
  value: string;
  label: string;
  active: boolean;
  default: boolean;
}

export function values(...entries: string[]): PicklistValue[] {
  return entries.map((value) => ({ value, label: value, active: true, default: false }));
}

/**
 * The standard value sets of a new org, under their names in the metadata. `LeadStatus` and `OpportunityStage` are not here: they are rows
 * of the objects of these names.
 */
export const standardValueSets: Readonly<Record<string, PicklistValue[]>> = {
  LeadSource: values('Web', 'Phone Inquiry', 'Partner Referral', 'Purchased List', 'Other'),
  AccountRating: values('Hot', 'Warm', 'Cold'),
  Industry: values('Agriculture', 'Banking', 'Consulting', 'Education', 'Finance', 'Healthcare', 'Manufacturing', 'Retail', 'Technology', 'Other'),
  AccountType: values('Prospect', 'Customer - Direct', 'Customer - Channel', 'Other'),
  OpportunityType: values('Existing Customer - Upgrade', 'Existing Customer - Replacement', 'Existing Customer - Downgrade', 'New Customer'),
  ContactRole: values('Business User', 'Decision Maker', 'Economic Buyer', 'Economic Decision Maker', 'Evaluator', 'Executive Sponsor', 'Influencer', 'Technical Buyer', 'Other'),
  CampaignType: values('Conference', 'Webinar', 'Trade Show', 'Email', 'Advertisement', 'Other'),
  CampaignStatus: values('Planned', 'In Progress', 'Completed', 'Aborted'),
  TaskStatus: values('Not Started', 'In Progress', 'Completed', 'Waiting on someone else', 'Deferred'),
  TaskPriority: values('High', 'Normal', 'Low'),
  TaskType: values('Call', 'Email', 'Meeting', 'Other'),
  TaskSubtype: values('Task', 'Email', 'Call', 'ListEmail', 'Cadence', 'LinkedIn'),
  CurrencyIsoCode: values('USD', 'EUR', 'BRL', 'MXN'),
};

export interface LeadStatusValue {
  value: string;
  default?: boolean;
  converted?: boolean;
}

export const leadStatuses: readonly LeadStatusValue[] = [
  { value: 'Open - Not Contacted', default: true },
  { value: 'Working - Contacted' },
  { value: 'Closed - Converted', converted: true },
  { value: 'Closed - Not Converted' },
];

export interface StageValue {
  value: string;
  probability: number;
  closed: boolean;
  won: boolean;
  forecast: string;
}

const stage = (value: string, probability: number, forecast: string, closed = false, won = false): StageValue => ({ value, probability, closed, won, forecast });

export const opportunityStages: readonly StageValue[] = [
  stage('Prospecting', 10, 'Pipeline'),
  stage('Qualification', 10, 'Pipeline'),
  stage('Needs Analysis', 20, 'Pipeline'),
  stage('Value Proposition', 50, 'Pipeline'),
  stage('Id. Decision Makers', 60, 'Pipeline'),
  stage('Perception Analysis', 70, 'Pipeline'),
  stage('Proposal/Price Quote', 75, 'Pipeline'),
  stage('Negotiation/Review', 90, 'Pipeline'),
  stage('Closed Won', 100, 'Closed', true, true),
  stage('Closed Lost', 0, 'Omitted', true, false),
];

/** Forecast categories by their label: the label form of `Forecast` is "Commit". */
export const forecastNames: Readonly<Record<string, string>> = {
  Omitted: 'Omitted',
  Pipeline: 'Pipeline',
  BestCase: 'Best Case',
  MostLikely: 'Most Likely',
  Forecast: 'Commit',
  Closed: 'Closed',
};
