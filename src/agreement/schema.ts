import { z } from 'zod';
import { NOTIFICATION_CHANNELS, STANDARD_CHANNELS, type NotificationKind } from '../domain/notification';
import { OWN_FIELDS, type OwnFieldId } from '../domain/ownFields';
import { ROUTES, STAGES, LADDER } from '../domain/stage';

/*
 * The agreement file's shape: the single source of its types, its error messages and its JSON Schema. Every key has a description, which the
 * editor shows and docs/agreement.md is made from. Nothing here converts: what is written is what is kept.
 */

export const LANGUAGES = ['en', 'es', 'pt-BR'] as const;
export type Language = (typeof LANGUAGES)[number];

const Text = z.string().regex(/\S/, 'a text that holds more than blanks');
const FieldName = z.string().regex(/^[A-Za-z][A-Za-z0-9_]*$/, 'a field’s API name: letters, digits and underscores');
const Label = z
  .strictObject({
    en: Text.describe('In English; used where another language is not given.'),
    es: Text.optional().describe('In Spanish.'),
    'pt-BR': Text.optional().describe('In Brazilian Portuguese.'),
  })
  .describe('The words people read, by language. Stored values never change with the language.');
export type Label = z.infer<typeof Label>;

const Duration = z
  .string()
  .regex(/^[1-9][0-9]{0,5}(m|h|d)$/, 'a duration: a whole number and m (minutes), h (hours) or d (days), for example 90d')
  .describe('A whole number and m, h or d. In SLA values h is business hours and d business days.');
const Delay = z
  .string()
  .regex(/^(0|[1-9][0-9]{0,5})(m|h|d)$/, 'a whole number and m (minutes), h (hours) or d (days), for example 0h or 1d')
  .describe('A whole number and m, h or d of business time; 0h is at the deadline itself.');
const TimeOfDay = z.string().regex(/^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$/, 'a time of day with two digits each side, for example "09:00"');
const DateText = z.string().regex(/^[0-9]{4}-[0-9]{2}-[0-9]{2}$/, 'a date, for example 2026-12-25');

const Scalar = z.union([z.string(), z.number(), z.boolean()]);
const Operand = {
  is: Scalar.optional().describe('Equal to this value; text ignores case.').meta({ examples: ['MX', 3, true] }),
  is_not: Scalar.optional().describe('Known and not equal to this value.').meta({ examples: ['customer'] }),
  in: z.array(Scalar).min(1).optional().describe('Equal to one of these values.').meta({ examples: [['MX', 'CO', 'CL']] }),
  not_in: z.array(Scalar).min(1).optional().describe('Known and equal to none of these values.').meta({ examples: [['student', 'vendor']] }),
  at_least: z.number().optional().describe('A number of at least this.'),
  at_most: z.number().optional().describe('A number of at most this.').meta({ examples: [100] }),
  known: z.literal(true).optional().describe('Has a value.'),
  unknown: z.literal(true).optional().describe('Has no value.'),
  contains: z.string().min(1).optional().describe('Text that contains this, ignoring case.').meta({ examples: ['director'] }),
  starts_with: z.string().min(1).optional().describe('Text that starts with this, ignoring case.').meta({ examples: ['chief'] }),
  within_days: z.number().int().min(1).optional().describe('A date or moment less than this many days of 24 hours ago; a date counts from the end of its day.').meta({ examples: [30] }),
};
export const OPERATORS = Object.keys(Operand) as (keyof typeof Operand)[];
export type Operator = (typeof OPERATORS)[number];

export const Clause = z
  .strictObject({
    field: z
      .string()
      .regex(/^[a-z][A-Za-z0-9_]*(\.[A-Za-z][A-Za-z0-9_]*){0,2}$/, 'score, a field id of this agreement, hubspot.<property>, salesforce.<Field>, salesforce.lead.<Field> or salesforce.contact.<Field>')
      .describe(
        'What is looked at: `score`, a field id of `fields`, `hubspot.<property>`, `salesforce.<Field>` (lead or contact), `salesforce.lead.<Field>`, `salesforce.contact.<Field>`, or a fact: `fact.converted`, `fact.open_opportunity`, `fact.won_opportunity`.',
      ),
    ...Operand,
  })
  .refine((clause) => OPERATORS.filter((name) => clause[name] !== undefined).length === 1, {
    message: `a clause has one field and exactly one operator (${OPERATORS.join(', ')})`,
  })
  .meta({ description: 'One field and exactly one operator.', minProperties: 2, maxProperties: 2 });
export type Clause = z.infer<typeof Clause>;

export type Condition = Clause | { any: Condition[] } | { all: Condition[] } | { not: Condition };
export const Condition: z.ZodType<Condition> = z.lazy(() => AnyCondition);
const AnyCondition: z.ZodType<Condition> = z
  .union([
    z.strictObject({ any: z.array(Condition).min(1).describe('At least one of these holds.') }),
    z.strictObject({ all: z.array(Condition).min(1).describe('All of these hold.') }),
    z.strictObject({ not: Condition }).describe('What stands under `not` does not hold.'),
    Clause,
  ])
  .meta({ id: 'Condition', description: 'A clause (one field, one operator), or conditions joined by `any`, `all` or `not`.' });

const StageMapping = z.strictObject({
  lifecyclestage: Text.optional().describe('The HubSpot lifecycle stage that shows this stage (its internal value; custom stages have numeric ones).'),
  also: z.array(Text).default([]).describe('Other lifecycle stage values that belong to this stage and are left alone (L13).'),
  hs_lead_status: Text.optional().describe('The HubSpot lead status that shows this stage.'),
  also_lead_status: z.array(Text).default([]).describe('Other lead statuses that belong to this stage and are left alone.'),
});
const SalesforceMapping = z.strictObject({
  lead_status: Text.optional().describe('The Lead.Status written when a handoff opens (on mql) or a rejection travels (on an off-ramp). Never a converted status.').meta({ examples: ['Open - Not Contacted'] }),
  also: z.array(Text).default([]).describe('Other lead statuses that belong to this stage and are left alone.'),
});

/** Where the leads of a record type go by another lead process: what differs from the rest of the agreement. */
const LeadRecordType = z.strictObject({
  name: z.string().regex(/^[A-Za-z][A-Za-z0-9_]*$/, 'a record type’s developer name: letters, digits and underscores').describe('The record type’s developer name (Setup > Object Manager > Lead > Record Types).').meta({ examples: ['Partner'] }),
  stages: z.partialRecord(z.enum(STAGES), SalesforceMapping).default({}).describe('How stages show on these leads; a stage that is not here shows as on all others (L13).').meta({ examples: [{ mql: { lead_status: 'Received' } }] }),
  rejects: z.array(Text).min(1).optional().describe('Lead statuses that reject on these leads, instead of `rejection.signals.salesforce.lead_status`.').meta({ examples: [['Declined']] }),
});

export const Stage = z.strictObject({
  id: z.enum(STAGES).describe('The canonical stage id.'),
  label: Label,
  owner: z.enum(['marketing', 'sales']).describe('Whose evidence may enter the stage (L3).'),
  when: Condition.optional().describe('What makes a person enter the stage. Off-ramps are entered by rejections and lost opportunities, not by conditions.'),
  needs: z.array(Text).default([]).describe('Field ids that must be known before the handoff (L6). Only on mql.'),
  hubspot: StageMapping.prefault({}).describe('How the stage shows on the HubSpot contact (L13).'),
  salesforce: SalesforceMapping.prefault({}).describe('How the stage shows on the Salesforce lead (L13).'),
});
export type Stage = z.infer<typeof Stage>;

export const POLICIES = ['hubspot_wins', 'salesforce_wins', 'newest_wins', 'fill_blank', 'to_hubspot', 'to_salesforce', 'read_only'] as const;

export const MappedField = z.strictObject({
  id: z.string().regex(/^[a-z][a-z0-9_]*$/, 'a field id: lower-case letters, digits and underscores').describe('The name used in this agreement.'),
  label: Label.optional(),
  hubspot: FieldName.describe('The HubSpot contact property.'),
  salesforce: z
    .union([FieldName, z.strictObject({ lead: FieldName.optional().describe('On the lead.'), contact: FieldName.optional().describe('On the contact.') })])
    .optional()
    .describe('The Salesforce field, the same on Lead and Contact or one name for each.'),
  policy: z
    .enum(POLICIES)
    .default('read_only')
    .describe('Who wins when both sides changed (M1). `fill_blank` fills the empty side only; `to_…` goes one way; `read_only` is used in conditions and never written.'),
  tie: z.enum(['hubspot', 'salesforce']).default('salesforce').describe('Who wins a tie of `newest_wins` (M2).'),
  values: z
    .array(z.strictObject({ hubspot: Text.describe('The HubSpot option’s internal value.'), salesforce: Text.describe('The Salesforce value’s API name.') }))
    .optional()
    .describe('Pairs of option values that mean the same (M3). Other values go over as they are. A value may stand in several pairs: the first of them is what it becomes on the other side.').meta({ examples: [[{ hubspot: 'REFERRALS', salesforce: 'Web' }]] }),
  clears: z.boolean().default(false).describe('A value emptied on one side since both agreed is emptied on the other too (M4).'),
});
export type MappedField = z.infer<typeof MappedField>;

export const Reason = z.strictObject({
  id: z.string().regex(/^[a-z][a-z0-9_]*$/, 'a reason id: lower-case letters, digits and underscores').describe('The stored value: never translated, never changed.'),
  label: Label,
  aliases: z.array(Text).default([]).describe('Other words reps use for it; case, accents and stray blanks are ignored (F3).'),
  route: z.enum(ROUTES).exclude(['unmapped', 'review']).describe('What the rejection leads to.'),
  after: Duration.optional().describe('With `recycle`: after how many days the person may come back, for example 90d.'),
  counts_against_quality: z.enum(['yes', 'half', 'no', 'unknown']).default('yes').describe('Whether the report counts it against lead quality.'),
  note_required: z.boolean().default(false).describe('Whether the rep has to write a note with it.'),
  active: z.boolean().default(true).describe('False: still understood, no longer offered.'),
});
export type Reason = z.infer<typeof Reason>;

const ReportRef = z.string().regex(/^([a-z][a-z0-9_]*|hubspot\.[A-Za-z][A-Za-z0-9_]*)$/, 'a field id of this agreement, or hubspot.<property>');
export const GOAL_METRICS = ['mql', 'accepted', 'sql', 'opportunity', 'customer', 'revenue'] as const;
export type GoalMetric = (typeof GOAL_METRICS)[number];

export const WEEKDAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;

const Calendar = z.strictObject({
  days: z.array(z.enum(WEEKDAYS)).min(1).describe('Working days.').meta({ examples: [['mon', 'tue', 'wed', 'thu', 'fri']] }),
  from: TimeOfDay.describe('When work begins, in the company’s time zone.').meta({ examples: ['09:00'] }),
  to: TimeOfDay.describe('When work ends; "24:00" is the end of the day.').meta({ examples: ['18:00'] }),
  holidays: z
    .union([z.array(DateText), z.string().regex(/^[A-Z]{2}$/, 'a list of dates or a country code of two capital letters')])
    .default([])
    .describe('A list of dates, or a country code that needs the optional holiday data set (the npm package date-holidays).').meta({ examples: [['2026-12-25', '2027-01-01'], 'MX'] }),
});
export type CalendarSettings = z.infer<typeof Calendar>;

const TeamCalendar = Calendar.extend({
  team: Text.describe('The team’s name, for messages.').meta({ examples: ['Bogotá'] }),
  owners: z.array(Text).min(1).describe('Ids of the owners who work by it: Salesforce users and queues.').meta({ examples: [['0055g00000ABcDeAAL']] }),
  time_zone: z.string().refine(isTimeZone, 'an IANA time zone, for example America/Bogota').optional().describe('The IANA time zone of its hours; the company’s where it is left out.').meta({ examples: ['America/Bogota'] }),
});
export type TeamCalendarSettings = z.infer<typeof TeamCalendar>;

const Score = z.strictObject({
  hubspot: FieldName.optional().describe('The portal’s own score property.'),
  points: z
    .array(
      z.strictObject({
        when: Condition.describe('What earns the points.').meta({ examples: [{ field: 'job_title', contains: 'director' }] }),
        points: z.number().describe('How many; negative ones take away.').meta({ examples: [20] }),
        half_life_days: z.number().int().min(1).optional().describe('The points halve every so many days since what earned them; they step once a day, at midnight in the company’s time zone.').meta({ examples: [30] }),
      }),
    )
    .min(1)
    .optional()
    .describe('Points per condition, for portals without a score of their own.').meta({ examples: [[{ when: { field: 'job_title', contains: 'director' }, points: 20 }]] }),
});
export type ScoreSettings = z.infer<typeof Score>;

const Email = z.string().regex(/^[^\s@<>,;"]+@[^\s@<>,;"]+\.[^\s@<>,;"]+$/, 'an e-mail address, for example revops@acme.example');

const Ways = (kind: NotificationKind) => z.array(z.enum(NOTIFICATION_CHANNELS)).default([...STANDARD_CHANNELS[kind]]);

const Notifications = z.strictObject({
  new_handoff: Ways('new_handoff').describe('A person was handed to sales: to the owner.'),
  due_soon: Ways('due_soon').describe('A deadline is near: to the owner.'),
  breach: Ways('breach').describe('A deadline has passed: to the owner, then to the escalation contact; of a record without an owner at once to the escalation contact (S3).'),
  rejection_digest: Ways('rejection_digest').describe('What sales rejected, once a day: to marketing. Not by task.'),
  weekly_digest: Ways('weekly_digest').describe('The numbers of the week that is over, for both teams, by `schedule.weekly`: to marketing and sales. Not by task.'),
  review_pack: Ways('review_pack').describe('The pack for the joint review: to marketing and sales a week before `reports.review_weeks` are over, and once more when no review was held by then. Not by task.'),
  stale: Ways('stale').describe('The last good run is older than `limits.stale_after`: to RevOps, once. Not by task.'),
  guard_stop: Ways('guard_stop').describe('The guard stopped a run (W6): to RevOps, once until a run goes through. Not by task.'),
  dead_letters: Ways('dead_letters').describe('A run ended with new dead letters (W5): to RevOps. Not by task.'),
  escalation: z
    .strictObject({
      after: Duration.default('4h').describe('How long after a breach that still stands, in business time.'),
      salesforce_user: z.string().regex(/^005[A-Za-z0-9]{12}([A-Za-z0-9]{3})?$/, 'a Salesforce user id: 15 or 18 characters that begin with 005').optional().describe('Who gets the task.').meta({ examples: ['0055g00000ABCDEAA4'] }),
      slack: z.string().regex(/^[UW][A-Z0-9]{5,}$/, 'a Slack member id, for example U024BE7LH').optional().describe('Whom the Slack message calls by name.').meta({ examples: ['U024BE7LH'] }),
      email: Email.optional().describe('Who gets the e-mail.').meta({ examples: ['head-of-sales@acme.example'] }),
    })
    .prefault({})
    .describe('Who hears of a breach that stands, and of those that have no owner.'),
  addresses: z
    .strictObject({
      from: Email.optional().describe('The sender of every e-mail.').meta({ examples: ['concord@acme.example'] }),
      marketing: z.array(Email).default([]).describe('Who gets the rejection digest, and the digests for both teams.'),
      sales: z.array(Email).default([]).describe('Who gets the digests for both teams.'),
      revops: z.array(Email).default([]).describe('Who hears of stale connectors, guard stops and dead letters.'),
    })
    .prefault({})
    .describe('E-mail addresses. Owners are written to at the address that Salesforce has of them.'),
  digest_at: TimeOfDay.default('09:00').describe('When the rejection digest goes out, on working days, in the company’s time zone.'),
  quiet_hours: z
    .strictObject({ from: TimeOfDay.describe('When quiet begins.').meta({ examples: ['20:00'] }), to: TimeOfDay.describe('When it ends, on the next day if that is earlier.').meta({ examples: ['07:00'] }) })
    .optional()
    .describe('When nobody is sent a Slack message or e-mail about a person; it waits until they are over. What is about Concord itself goes out at any time.'),
});

export const Agreement = z.strictObject({
  version: z.literal(1).describe('The version of this file’s format.'),
  company: z
    .strictObject({
      name: Text.describe('The company’s name, for reports and notes.'),
      time_zone: z
        .string()
        .refine(isTimeZone, 'an IANA time zone, for example America/Mexico_City')
        .describe('The IANA time zone of working hours, recycle dates, schedules and reports.'),
      currency: z.string().regex(/^[A-Z]{3}$/, 'a currency code of three capital letters, for example USD').describe('The currency of the reports.'),
      language: z.enum(LANGUAGES).describe('The language of labels, notes and messages written to the CRMs.'),
    })
    .describe('Whose agreement this is.'),
  mode: z
    .enum(['standalone', 'alongside'])
    .default('standalone')
    .describe('standalone: Concord creates the missing lead or contact. alongside: HubSpot’s own Salesforce integration does, and keeps plain fields equal; Concord creates nothing and only reads the mapped fields.'),
  scope: z
    .strictObject({
      from_stage: z.enum(LADDER).default('lead').describe('People at this stage or later are governed.'),
      exclude_email_domains: z.array(Text).default([]).describe('People with these e-mail domains, or a subdomain of them, are not governed (employees).'),
      on_leaving: z.enum(['freeze', 'clear']).default('freeze').describe('What happens to Concord’s fields when a person leaves the scope (L10).'),
    })
    .prefault({})
    .describe('Which people are governed (L10).'),
  fields: z.array(MappedField).min(1).describe('The fields that conditions use and that are kept equal in both CRMs.'),
  score: Score.prefault({}).describe('Where `score` in conditions comes from: a HubSpot property, or points counted by Concord.'),
  stages: z.array(Stage).min(1).describe('The seven stages and the three off-ramps, each once.'),
  lead_record_types: z.array(LeadRecordType).default([]).describe('Record types of Lead whose statuses differ. Leads that Concord creates get those of the record type that handoff.lead_defaults names, else those of the others.').meta({ examples: [[{ name: 'Partner', rejects: ['Declined'], stages: { mql: { lead_status: 'Received' } } }]] }),
  handoff: z
    .strictObject({
      creates: z
        .enum(['lead', 'contact', 'contact_if_account', 'nothing'])
        .default('lead')
        .describe('What Concord creates in Salesforce when a handoff opens for a person without a record there. contact_if_account: a contact in the one account whose website has the domain of the person’s e-mail; a lead where no account, or more than one, has it, or where the domain is a public mail provider’s.'),
      reopening: z
        .enum(['wait', 'new_lead', 'task'])
        .default('wait')
        .describe('When Salesforce refuses to reopen a closed lead for a new handoff: wait for RevOps, no clock running; create a new lead for it; or wait, and leave its owner a task to reopen it, the escalation contact where no user owns it (F5).'),
      creates_hubspot: z.boolean().default(true).describe('Whether a Salesforce lead or contact in scope without a HubSpot contact gets one.'),
      lead_defaults: z
        .record(FieldName, z.union([z.string(), z.number(), z.boolean()]))
        .default({})
        .describe('Values for created leads, for example LeadSource. RecordTypeId is given by the record type’s developer name.'),
      assignment_rules: z.boolean().default(false).describe('Whether creates run the org’s lead assignment rules. Updates never do (W1).'),
      acts: z.array(FieldName).default([]).describe('HubSpot date-time properties whose newer value is a new act of the person (L4).'),
      acts_after_disqualify: z.array(FieldName).default([]).describe('Those of the acts that count after a disqualification (L4).'),
    })
    .prefault({})
    .describe('What happens when a person is handed to sales.'),
  rejection: z
    .strictObject({
      signals: z
        .strictObject({
          salesforce: z
            .strictObject({
              lead_status: z.array(Text).default([]).describe('Lead statuses that reject.'),
              reason: FieldName.describe('The rep’s reason field, on Lead and Contact.'),
              note: FieldName.describe('The rep’s note field.'),
              detail: FieldName.optional().describe('The rep’s field for the survivor of a duplicate, the wrong field, or the colleague to ask.'),
              recycle_on: FieldName.optional().describe('The field in which a rep may set the date of coming back.'),
            })
            .describe('In Salesforce.'),
          hubspot: z
            .strictObject({
              hs_lead_status: z.array(Text).default([]).describe('HubSpot lead statuses that reject.'),
              reason: FieldName.describe('The reason property.'),
              note: FieldName.describe('The note property.'),
              detail: FieldName.optional().describe('The property for the survivor of a duplicate, the wrong field, or the colleague to ask.'),
              recycle_on: FieldName.optional().describe('The property in which a rep may set the date of coming back.'),
            })
            .describe('In HubSpot.'),
        })
        .describe('Where reps say no (F1).'),
      reasons: z.array(Reason).min(1).describe('Why sales may say no, and what each reason leads to.'),
      repeated: z
        .strictObject({
          factor: z.number().min(1).max(10).default(2).describe('The recycle period grows by this factor each time the same person is rejected for the same reason again.'),
          review_at: z.number().int().min(2).default(3).describe('At how many rejections for the same reason a person has to decide: the route is then `review`, without a date.'),
        })
        .prefault({})
        .describe('What the same reason leads to when it is given again in a later handoff.'),
      recycle_on_engagement: z.boolean().default(true).describe('Whether a new act of the person brings them back before the recycle date (F5).'),
      timeline_note: z.boolean().default(true).describe('Whether a note on the HubSpot contact’s timeline tells what sales answered, in the company’s language, once (F2).'),
      system_users: z.array(Text).default([]).describe('CRM user ids whose closures are the system’s, never an answer (F8).').meta({ examples: [['005xx0000012345AAA']] }),
    })
    .describe('How sales says no, and what follows.'),
  evidence: z
    .strictObject({
      drift: z.enum(['restore', 'accept', 'report']).default('restore').describe('What happens to a stage value set by someone whose evidence does not count (L3).'),
      hubspot_people: z
        .array(Text)
        .default(['CRM_UI', 'MOBILE_IOS', 'MOBILE_ANDROID', 'BULK_ACTION'])
        .describe('HubSpot change sources that are people at work; others are automation.'),
      sales_hubspot_users: z.array(Text).default([]).describe('HubSpot user ids that are sales. Empty: any person’s lead status counts as sales’.').meta({ examples: [['71234']] }),
    })
    .prefault({})
    .describe('Whose changes count.'),
  opportunities: z
    .strictObject({
      roles: z.array(Text).default([]).describe('Contact roles that count; empty: all.').meta({ examples: [['Decision Maker']] }),
      types: z.array(Text).default([]).describe('Opportunity types that count; empty: all.').meta({ examples: [['New Business']] }),
      infer_without_role: z
        .boolean()
        .default(true)
        .describe('Whether an opportunity without a contact role counts for the lead it was converted from or the account’s most engaged contact (I7).'),
    })
    .prefault({})
    .describe('Which opportunities count for a person (I7, L12).'),
  consent: z
    .strictObject({
      salesforce: z
        .strictObject({
          opt_out: FieldName.default('HasOptedOutOfEmail').describe('The field that says no e-mail.'),
          do_not_call: FieldName.default('DoNotCall').describe('The field that says no calls.'),
        })
        .prefault({})
        .describe('In Salesforce, on Lead and Contact.'),
      hubspot: z
        .strictObject({ do_not_call: FieldName.optional().describe('The HubSpot property that takes a do-not-call.').meta({ examples: ['do_not_call'] }) })
        .prefault({})
        .describe('In HubSpot. E-mail opt-outs go through its subscriptions.'),
    })
    .prefault({})
    .describe('Where consent stands (F7). It only ever tightens.'),
  sla: z
    .strictObject({
      calendar: Calendar.describe('Business time (S1), in the company’s time zone.'),
      calendars: z.array(TeamCalendar).default([]).describe('Other business times, by who owns the lead: teams in other places, weekend shifts. Who is in none works by `calendar`.')
        .meta({ examples: [[{ team: 'Lima', owners: ['0055g00000ABcDeAAL'], days: ['sat'], from: '08:00', to: '12:00' }]] }),
      first_touch: Duration.default('8h').describe('From the handoff to the first touch. h: business hours, d: business days.'),
      answer: Duration.default('2d').describe('From the handoff to accepting or rejecting it.'),
      reason: Duration.default('2d').describe('From a rejection to its reason.'),
      book_or_recycle: Duration.default('5d').describe('From acceptance to a qualified lead or a return to marketing. Five working days are the seven days on the calendar that teams usually agree on.'),
      due_soon: Duration.default('2h').describe('How long before a deadline the state becomes due_soon.'),
      touch: z
        .strictObject({
          salesforce: z.array(FieldName).default(['LastActivityDate']).describe('Fields of Lead and Contact that move when somebody at work with the lead logs a call, a mail or a meeting, or closes a task.'),
          tasks: z.boolean().default(true).describe('Whether a closed task on the lead or contact counts, too, at the moment when it was closed. A logged call or mail is one. false: where marketing’s mails are logged as tasks.'),
          hubspot: z.array(FieldName).default(['notes_last_contacted', 'hs_sales_email_last_replied']).describe('Contact properties with the moment of the last contact.'),
        })
        .prefault({})
        .describe('What counts as a first touch, beside the answer itself.'),
      unanswered: z
        .strictObject({
          return: Delay.optional().describe('How long, in business time, after the deadline the handoff goes back to marketing as `sla_expired`, which is no answer of sales and not counted. Left out: it stays with sales.').meta({ examples: ['3d'] }),
          comes_back: Duration.default('30d').describe('With `return`: after how many days the person may be handed over again.'),
        })
        .prefault({})
        .describe('What happens to a handoff that nobody has answered by its deadline. Who is reminded, and to whom it is escalated, is in `notifications` (breach, escalation).'),
    })
    .describe('The deadlines both teams accepted.'),
  marketing: z
    .strictObject({
      mqls: z.number().int().min(1).optional().describe('How many complete MQLs marketing hands over per period.'),
      per: z.enum(['week', 'month', 'quarter']).default('month').describe('The period, by the company’s calendar; weeks begin on Monday.'),
      complete: z.number().gt(0).max(1).default(1).describe('The share of handed-over MQLs that carries every field of `fields`.'),
      fields: z.array(Text).default([]).describe('Field ids of a complete MQL. Empty: what the stage `mql` needs.'),
    })
    .optional()
    .describe('Marketing’s side of the deal (S4): promised volume and completeness.'),
  notifications: Notifications.prefault({}).describe('Who is told of what, by which ways: `task` (in Salesforce), `slack` (needs SLACK_WEBHOOK_URL), `email` (needs SMTP_URL). Without a way, nobody is (S3).'),
  guard: z
    .strictObject({
      creates: z.number().int().min(0).default(500).describe('Records a plan may create.'),
      regressions: z.number().int().min(0).default(50).describe('Stages a plan may move backward.'),
      links_ended: z.number().int().min(0).default(50).describe('Links a plan may end.'),
      overwrites: z.number().int().min(0).default(200).describe('Existing, different values a plan may replace.'),
      share: z.number().min(0).max(1).default(0.2).describe('The largest share of people a run may change, from `share_from` people on.'),
      share_from: z.number().int().min(1).default(200).describe('From how many people on the share is counted.'),
    })
    .prefault({})
    .describe('What a plan may hold at most; over a limit the run stops and asks (W6).'),
  limits: z
    .strictObject({
      hubspot_daily_share: z.number().gt(0).max(1).default(0.5).describe('The share of the portal’s daily API quota that Concord may use (W10).'),
      salesforce_daily_share: z.number().gt(0).max(1).default(0.25).describe('The share of the org’s daily API quota that Concord may use (W10).'),
      stale_after: Duration.default('1h').describe('A last good run older than this is announced. Plain hours and days, not business time.'),
    })
    .prefault({})
    .describe('How much of the CRMs’ quotas Concord may use.'),
  schedule: z
    .strictObject({
      sync: Text.default('*/5 * * * *').describe('When runs happen.'),
      full: Text.default('30 3 * * *').describe('When everything is read again.'),
      weekly: Text.default('0 9 * * 1').describe('`concord serve`: when the weekly digest goes out, about the week (Monday to Sunday) that is over. Each week once.'),
      feedback: z
        .string()
        .regex(/^(off|[1-9][0-9]*(s|m))$/, 'an interval, for example 45s or 2m, or off')
        .default('45s')
        .describe('`concord serve`: how often Salesforce is asked between two runs what has changed. One call while nothing has. off: only the runs ask.'),
    })
    .prefault({})
    .describe('When things happen by themselves: cron lines (minute hour day month weekday) in the company’s time zone.'),
  names: z
    .partialRecord(
      z.enum(Object.keys(OWN_FIELDS) as [OwnFieldId, ...OwnFieldId[]]),
      z.strictObject({ hubspot: FieldName.optional().describe('The HubSpot property’s name.').meta({ examples: ['mkt_agreed_stage'] }), salesforce: FieldName.optional().describe('The Salesforce field’s name, on Lead and Contact.').meta({ examples: ['Agreed_Stage__c'] }) }),
    )
    .optional()
    .describe('Other names for the fields Concord writes, by its own id of the field (stage, stage_at, …).'),
  retention: z
    .strictObject({ journal: Duration.default('400d').describe('How long the journal of writes is kept (W3), in plain days.') })
    .prefault({})
    .describe('How long things are kept.'),
  reports: z
    .strictObject({
      source: ReportRef.default('lead_source').describe('Where a person’s first known source stands.'),
      campaign: ReportRef.optional().describe('Where the campaign stands.'),
      segment: ReportRef.optional().describe('What reports divide people by: country, industry, size.'),
      touches: z
        .array(
          z.strictObject({
            at: FieldName.describe('A HubSpot date-time property: when the person did something. Every value that a run meets is recorded.'),
            name: FieldName.optional().describe('A HubSpot property: what it was, for example the form.'),
            source: FieldName.optional().describe('A HubSpot property: the source that brought the person then.'),
          }),
        )
        .default([])
        .describe('Acts that attribution shares the credit among.'),
      rates: z
        .record(z.string().regex(/^[A-Z]{3}$/, 'a currency code of three capital letters'), z.array(z.strictObject({ from: DateText.describe('The first close date that the rate is for.'), rate: z.number().gt(0).describe('What one unit is worth in the company’s currency.') })).min(1))
        .default({})
        .describe('Rates of other currencies by close date. Money without a rate is listed, not added.'),
      review_weeks: z.number().int().min(1).max(52).default(6).describe('How often both teams meet over the reports, at the least.'),
    })
    .prefault({})
    .describe('What the closed-loop reports divide by and count.'),
  goals: z
    .array(
      z.strictObject({
        id: z.string().regex(/^[a-z][a-z0-9_]*$/, 'a goal id: lower-case letters, digits and underscores').describe('The stored name.').meta({ examples: ['customers_2027_q1'] }),
        label: Label.meta({ examples: [{ en: 'New customers', es: 'Clientes nuevos' }] }),
        metric: z.enum(GOAL_METRICS).describe('What is counted between `from` and `to`: entries to a stage, accepted handoffs, won deals or their money.'),
        target: z.number().gt(0).describe('How many, or how much money in the company’s currency.').meta({ examples: [40] }),
        from: DateText.describe('The first day.').meta({ examples: ['2027-01-01'] }),
        to: DateText.describe('The last day.').meta({ examples: ['2027-03-31'] }),
        owners: z
          .strictObject({ marketing: Text.describe('Who answers for it in marketing.').meta({ examples: ['Marta'] }), sales: Text.describe('Who answers for it in sales.').meta({ examples: ['Sergio'] }) })
          .partial()
          .describe('A shared goal has an owner in both teams.'),
        why: Text.optional().describe('Why it matters and why it can be reached.').meta({ examples: ['covers the quarter’s plan'] }),
      }),
    )
    .default([])
    .describe('What both teams want to reach: specific, measurable, with a reason and an end date, owned by both.'),
});
export type Agreement = z.infer<typeof Agreement>;

/** One thing that zod found wrong; `path` leads to the value at fault (or to its parent, for keys). */
export type ShapeIssue = z.core.$ZodIssue;

/** The agreement's JSON Schema for editors (draft 2020-12). Keys with defaults are optional in it. */
export function agreementJsonSchema(): Record<string, unknown> {
  return { title: 'Concord agreement', ...(z.toJSONSchema(Agreement, { io: 'input' }) as Record<string, unknown>) };
}

/** Three letters that name a zone of the IANA data. Others (CST, IST, PST) mean a different zone to everybody, and machines read one of them into it. */
const SHORT_ZONES = ['CET', 'EET', 'EST', 'GMT', 'HST', 'MET', 'MST', 'PRC', 'ROC', 'ROK', 'UCT', 'UTC', 'WET'];

function isTimeZone(name: string): boolean {
  if (/^[A-Za-z]{3}$/.test(name) && !SHORT_ZONES.includes(name.toUpperCase())) return false;
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
