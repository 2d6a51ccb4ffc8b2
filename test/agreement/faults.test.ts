import { faultText, loadAgreement } from '../../src/agreement/load';
import { edited, faultsOf, load, SMALL, warningsOf } from './sample';

interface Row {
  what: string;
  edits: [string, string][];
  /** Text on the faulty line up to the fault: what stands at the column. */
  at: string;
  path: string;
  message: RegExp;
  instead: RegExp;
}

/** Each file has one mistake and must be told about that one only, at its place. `at` is what the fault's line and column point to. */
const ROWS: Row[] = [
  // Keys and kinds of values.
  { what: 'an unknown key', edits: [['version: 1\n', 'version: 1\ncolour: red\n']], at: 'colour: red', path: 'colour', message: /`colour` is not a key of the agreement/, instead: /one of `version`, `company`/ },
  { what: 'a misspelt key', edits: [['  currency: USD', '  curency: USD']], at: 'curency: USD', path: 'company.curency', message: /not a key of `company`/, instead: /^Did you mean `currency`\?$/ },
  { what: 'a missing key, at its parent', edits: [['  currency: USD\n', '']], at: 'company:', path: 'company.currency', message: /`currency` is missing/, instead: /^Add it here\. The currency of the reports/ },
  { what: 'a missing section, at the file’s beginning', edits: [[SMALL.slice(SMALL.indexOf('sla:')), '']], at: 'version: 1', path: 'sla', message: /`sla` is missing/, instead: /^Add it here/ },
  { what: 'an empty value', edits: [['  name: Acme', '  name:']], at: 'name:', path: 'company.name', message: /`name` is empty/, instead: /Write a text/ },
  { what: 'a name of blanks alone', edits: [['  name: Acme', '  name: "  "']], at: '"  "', path: 'company.name', message: /`name` is an empty text/, instead: /Write a text/ },
  { what: 'an empty text', edits: [['  name: Acme', '  name: ""']], at: '""', path: 'company.name', message: /`name` is an empty text/, instead: /Write a text/ },
  { what: 'a number that is none', edits: [['  name: Acme', '  name: .nan']], at: '.nan', path: 'company.name', message: /`name` is NaN, not a text/, instead: /^Put it in quotes: "NaN"/ },
  { what: 'a status that is a map', edits: [['lead_status: [Closed - Not Converted]', 'lead_status: [{ toString: Closed - Not Converted }]']], at: '{ toString', path: 'rejection.signals.salesforce.lead_status.0', message: /is a map of keys, not a text/, instead: /Write a text/ },
  { what: 'a quoted version', edits: [['version: 1', 'version: "1"']], at: '"1"', path: 'version', message: /is the text “1”/, instead: /^Write 1 without quotes/ },
  { what: 'a language that is not spoken', edits: [['language: en', 'language: pt']], at: 'pt', path: 'company.language', message: /“pt”, which is not known/, instead: /`en`, `es` or `pt-BR`/ },
  { what: 'a time zone that is not one', edits: [['America/Mexico_City', 'America/Mexico_Cty']], at: 'America/Mexico_Cty', path: 'company.time_zone', message: /not an IANA time zone/, instead: /Did you mean America\/Mexico_City\?/ },
  { what: 'letters that mean many zones', edits: [['America/Mexico_City', 'CST']], at: 'CST', path: 'company.time_zone', message: /“CST”, not an IANA time zone/, instead: /America\/Mexico_City/ },
  { what: 'a duration beyond measure', edits: [['after: 90d', 'after: 9999999d']], at: '9999999d', path: 'rejection.reasons.0.after', message: /not a duration/, instead: /^Write a duration: a whole number/ },
  { what: 'a currency in small letters', edits: [['currency: USD', 'currency: usd']], at: 'usd', path: 'company.currency', message: /not a currency code/, instead: /^Write USD\./ },
  { what: 'a policy that does not exist', edits: [['policy: newest_wins', 'policy: newest_win']], at: 'newest_win', path: 'fields.1.policy', message: /not known/, instead: /Did you mean `newest_wins`\?/ },
  { what: 'text where a list belongs', edits: [['[UNQUALIFIED]', 'UNQUALIFIED']], at: 'UNQUALIFIED,', path: 'rejection.signals.hubspot.hs_lead_status', message: /not a list/, instead: /\[UNQUALIFIED\]/ },
  { what: 'a quality mark as true', edits: [['route: nurture }', 'route: nurture, counts_against_quality: true }']], at: 'true }', path: 'rejection.reasons.1.counts_against_quality', message: /is true, which is not known/, instead: /Did you mean `yes`\?/ },
  { what: 'a share in per cent', edits: [['sla:\n', 'guard: { share: 20 }\nsla:\n']], at: '20 }', path: 'guard.share', message: /too large/, instead: /0\.25 is a quarter/ },
  { what: 'a Salesforce field that is a number', edits: [['salesforce: Email', 'salesforce: 7']], at: '7', path: 'fields.0.salesforce', message: /is 7, which cannot stand here/, instead: /a text or a map of keys/ },
  { what: 'an unknown key under lead and contact', edits: [['{ lead: Country, contact:', '{ leed: Country, contact:']], at: 'leed: Country', path: 'fields.1.salesforce.leed', message: /not a key/, instead: /Did you mean `lead`\?/ },
  { what: 'a route that is none', edits: [['route: nurture', 'route: unmapped']], at: 'unmapped', path: 'rejection.reasons.1.route', message: /not known/, instead: /`recycle`, `nurture`/ },
  { what: 'a reason id with a blank', edits: [['id: no_budget', 'id: No budget!']], at: 'No budget!,', path: 'rejection.reasons.0.id', message: /not a reason id/, instead: /^Write no_budget\./ },
  // Notifications (S3).
  { what: 'a way that there is not', edits: [['sla:\n', 'notifications: { breach: [sms] }\nsla:\n']], at: 'sms', path: 'notifications.breach.0', message: /not known/, instead: /`task`, `slack` or `email`/ },
  { what: 'a way that stands twice', edits: [['sla:\n', 'notifications: { breach: [task, task] }\nsla:\n']], at: 'task] }', path: 'notifications.breach.1', message: /stands twice/, instead: /once/ },
  { what: 'a task for what is about no record', edits: [['sla:\n', 'notifications: { stale: [task] }\nsla:\n']], at: 'task', path: 'notifications.stale.0', message: /no task can be left/, instead: /slack or email/ },
  { what: 'an e-mail without a sender', edits: [['sla:\n', 'notifications: { breach: [email] }\nsla:\n']], at: 'email', path: 'notifications.breach.0', message: /needs a sender/, instead: /from: concord@/ },
  { what: 'an e-mail that nobody gets', edits: [['sla:\n', 'notifications: { rejection_digest: [email], addresses: { from: c@a.example, revops: [r@a.example] } }\nsla:\n']], at: 'email]', path: 'notifications.rejection_digest.0', message: /nobody’s address/, instead: /marketing: \[/ },
  { what: 'an address that is none', edits: [['sla:\n', 'notifications: { addresses: { from: "Concord <c@a.example>" } }\nsla:\n']], at: '"Concord', path: 'notifications.addresses.from', message: /not an e-mail address/, instead: /./ },
  { what: 'an escalation to a group', edits: [['sla:\n', 'notifications: { escalation: { salesforce_user: 00G000000000001AAA } }\nsla:\n']], at: '00G000000000001AAA', path: 'notifications.escalation.salesforce_user', message: /not a Salesforce user id/, instead: /./ },
  { what: 'quiet hours without end', edits: [['sla:\n', 'notifications: { quiet_hours: { from: "20:00", to: "20:00" } }\nsla:\n']], at: '"20:00" } }', path: 'notifications.quiet_hours.to', message: /begin and end at 20:00/, instead: /two different times/ },
  // Stages.
  { what: 'a stage that stands twice', edits: [['{ id: lost, label: { en: Lost }, owner: sales }', '{ id: lost, label: { en: Lost }, owner: sales }\n  - { id: lost, label: { en: Lost }, owner: sales }']], at: 'lost, label', path: 'stages.10.id', message: /`lost` stands twice/, instead: /the first is entry 10/ },
  { what: 'a stage that is missing', edits: [['  - { id: lost, label: { en: Lost }, owner: sales }\n', '']], at: 'stages:', path: 'stages', message: /lacks the stage `lost`/, instead: /Add each/ },
  { what: 'a stage id that is misspelt, told once', edits: [['id: recycled', 'id: recyled']], at: 'recyled', path: 'stages.7.id', message: /“recyled”, which is not known/, instead: /Did you mean `recycled`\?/ },
  { what: 'an off-ramp with a condition', edits: [['{ en: Lost }, owner: sales }', '{ en: Lost }, owner: sales, when: { field: email, known: true } }']], at: 'when: { field: email, known: true } }', path: 'stages.9.when', message: /entered by lost opportunities/, instead: /Remove `when`/ },
  { what: 'an MQL without a condition', edits: [['    when:\n      any:\n        - { field: score, at_least: 60 }\n        - { field: hubspot.lifecyclestage, is: marketingqualifiedlead }\n', '']], at: 'id: mql', path: 'stages.2.when', message: /nobody would ever become an MQL/, instead: /at_least: 60/ },
  { what: 'an MQL without a Lead status', edits: [['    salesforce: { lead_status: Open - Not Contacted }\n', '']], at: 'id: mql', path: 'stages.2.salesforce.lead_status', message: /no Lead status/, instead: /Open - Not Contacted/ },
  { what: 'needs on another stage than mql', edits: [['owner: sales, when: { field: fact.converted, is: true }', 'owner: sales, needs: [email], when: { field: fact.converted, is: true }']], at: 'needs: [email], when', path: 'stages.4.needs', message: /stands on `sql`/, instead: /Move it to `mql`/ },
  { what: 'needs that name no field', edits: [['needs: [email, country]', 'needs: [email, contry]']], at: 'contry', path: 'stages.2.needs.1', message: /names “contry”/, instead: /Did you mean `country`\?/ },
  { what: 'sales owning marketing’s stage', edits: [['    label: { en: MQL }\n    owner: marketing', '    label: { en: MQL }\n    owner: sales']], at: 'sales', path: 'stages.2.owner', message: /marketing’s evidence only \(L3\)/, instead: /owner: marketing/ },
  { what: 'a rejected status that belongs to another stage', edits: [['lead_status: Open - Not Contacted', 'lead_status: closed - not converted']], at: 'closed - not converted', path: 'stages.2.salesforce.lead_status', message: /means rejected/, instead: /another status/ },
  { what: 'an off-ramp’s status that does not reject', edits: [['{ en: Recycled }, owner: sales }', '{ en: Recycled }, owner: sales, hubspot: { hs_lead_status: BAD_TIMING } }']], at: 'BAD_TIMING', path: 'stages.7.hubspot.hs_lead_status', message: /not among those that reject/, instead: /Add it to rejection\.signals\.hubspot\.hs_lead_status/ },
  // Record types of Lead with statuses of their own.
  { what: 'a record type by its label', edits: [['sla:\n', 'lead_record_types: [{ name: Partner Lead }]\nsla:\n']], at: 'Partner Lead }', path: 'lead_record_types.0.name', message: /not a record type’s developer name/, instead: /./ },
  { what: 'a record type that stands twice', edits: [['sla:\n', 'lead_record_types: [{ name: Partner }, { name: partner }]\nsla:\n']], at: 'partner }', path: 'lead_record_types.1.name', message: /stands twice/, instead: /Keep one/ },
  { what: 'a status that both rejects and opens on a record type', edits: [['sla:\n', 'lead_record_types: [{ name: Partner, rejects: [Declined], stages: { mql: { lead_status: declined } } }]\nsla:\n']], at: 'mql: { lead_status: declined', path: 'lead_record_types.0.stages.mql', message: /“declined” means rejected on leads of the record type `Partner`/, instead: /another status/ },
  { what: 'a record type that rejects what opens on all', edits: [['sla:\n', 'lead_record_types: [{ name: Partner, rejects: [Open - Not Contacted] }]\nsla:\n']], at: 'rejects: [Open', path: 'lead_record_types.0.rejects', message: /cannot also belong to `mql`/, instead: /another status in `stages`/ },
  { what: 'an off-ramp’s status that does not reject on a record type', edits: [['sla:\n', 'lead_record_types: [{ name: Partner, rejects: [Declined], stages: { recycled: { lead_status: Parked } } }]\nsla:\n']], at: 'recycled: { lead_status: Parked', path: 'lead_record_types.0.stages.recycled', message: /not among those that reject there/, instead: /`rejects`/ },
  // Conditions, to the clause.
  { what: 'a clause about an unknown field', edits: [['{ field: email, known: true } }', '{ field: e_mail2, known: true } }']], at: 'e_mail2', path: 'stages.0.when.field', message: /not a field id/, instead: /Did you mean `email`\?/ },
  { what: 'a clause about a fact that is none', edits: [['field: fact.won_opportunity', 'field: fact.won']], at: 'fact.won', path: 'stages.6.when.field', message: /“fact\.won” is not a field/, instead: /`fact\.converted`, `fact\.open_opportunity` or `fact\.won_opportunity`/ },
  { what: 'a fact asked for a number', edits: [['field: fact.won_opportunity, is: true', 'field: fact.won_opportunity, at_least: 1']], at: 'fact.won_opportunity', path: 'stages.6.when.field', message: /is true or false/, instead: /is: true/ },
  { what: 'a Contact’s status', edits: [['field: salesforce.lead.Status', 'field: salesforce.Status']], at: 'salesforce.Status', path: 'stages.3.when.field', message: /Contact has no Status/, instead: /salesforce\.lead\.Status/ },
  { what: 'a field that Concord itself writes', edits: [['field: hubspot.lifecyclestage, is: lead', 'field: hubspot.concord_stage, is: lead']], at: 'hubspot.concord_stage', path: 'stages.1.when.field', message: /Concord writes “concord_stage” itself.*L11/, instead: /people or forms/ },
  { what: 'an operator of another tool', edits: [['{ field: score, at_least: 60 }', '{ field: score, gte: 60 }']], at: 'gte', path: 'stages.2.when.any.0.gte', message: /`gte` is not an operator/, instead: /Did you mean `at_least`\?/ },
  { what: 'a clause without an operator', edits: [['{ field: score, at_least: 60 }', '{ field: score }']], at: '{ field: score }', path: 'stages.2.when.any.0', message: /no operator/, instead: /`is`, `is_not`/ },
  { what: 'a clause with two operators', edits: [['{ field: score, at_least: 60 }', '{ field: score, at_least: 60, at_most: 90 }']], at: 'at_most', path: 'stages.2.when.any.0.at_most', message: /two operators, `at_least` and `at_most`/, instead: /two clauses under `all:`/ },
  { what: 'a clause without a field', edits: [['{ field: score, at_least: 60 }', '{ at_least: 60 }']], at: '{ at_least: 60 }', path: 'stages.2.when.any.0.field', message: /no `field`/, instead: /field: score/ },
  { what: 'a number in quotes', edits: [['at_least: 60', 'at_least: "60"']], at: '"60"', path: 'stages.2.when.any.0.at_least', message: /“60”, not a number/, instead: /^Write 60 without quotes/ },
  { what: 'a list where one value belongs', edits: [['is: Working - Contacted', 'is: [Working - Contacted]']], at: '[Working', path: 'stages.3.when.is', message: /not one value/, instead: /Use `in`/ },
  { what: 'one value where a list belongs', edits: [['is: Working - Contacted', 'in: Working - Contacted']], at: 'Working - Contacted }', path: 'stages.3.when.in', message: /not a list/, instead: /\[Working - Contacted\]/ },
  { what: 'known: false', edits: [['{ field: email, known: true } }', '{ field: email, known: false } }']], at: 'false', path: 'stages.0.when.known', message: /is false, not true/, instead: /`unknown: true`/ },
  { what: 'a list in place of any or all', edits: [['    when:\n      any:\n        - { field: score', '    when:\n        - { field: score']], at: '- { field: score', path: 'stages.2.when', message: /a list here/, instead: /`any:` or `all:`/ },
  { what: 'a clause beside any', edits: [['      any:\n', '      field: email\n      any:\n']], at: 'field: email', path: 'stages.2.when.field', message: /stands beside `any`/, instead: /entry of its own/ },
  { what: 'not with a list', edits: [['when: { field: fact.converted, is: true }', 'when: { not: [{ field: fact.converted, is: true }] }']], at: '[{ field: fact.converted', path: 'stages.4.when.not', message: /`not` holds a list/, instead: /not: \{ any/ },
  { what: 'a deep clause', edits: [['{ field: score, at_least: 60 }', '{ all: [{ not: { field: score, at_least: 60 } }, { any: [{ field: email, within_days: 0 }] }] }']], at: '0 }] }', path: 'stages.2.when.any.0.all.1.any.0.within_days', message: /whole number of days/, instead: /at least 1/ },
  { what: 'a score that comes from nowhere', edits: [['score:\n  hubspot: hubspotscore\n', '']], at: 'score, at_least', path: 'stages.2.when.any.0.field', message: /does not say where it comes from/, instead: /score: \{ hubspot/ },
  { what: 'a score that comes from two places', edits: [['  hubspot: hubspotscore\n', '  hubspot: hubspotscore\n  points: [{ when: { field: email, known: true }, points: 5 }]\n']], at: 'points: [{', path: 'score.points', message: /as well/, instead: /Keep one/ },
  { what: 'a score that looks at itself', edits: [['  hubspot: hubspotscore\n', '  points: [{ when: { field: score, at_least: 5 }, points: 5 }]\n']], at: 'score, at_least: 5 }', path: 'score.points.0.when.field', message: /cannot look at the score/, instead: /Name the fields/ },
  // Fields.
  { what: 'a field id that stands twice', edits: [['  - id: country', '  - id: email'], ['needs: [email, country]', 'needs: [email]']], at: 'email', path: 'fields.1.id', message: /`email` stands twice/, instead: /another id/ },
  { what: 'a property that is mapped twice', edits: [['hubspot: country', 'hubspot: Email']], at: 'Email', path: 'fields.1.hubspot', message: /HubSpot property Email is already mapped by `email`/, instead: /Map it once/ },
  { what: 'a Salesforce field that is mapped twice', edits: [['{ lead: Country, contact: MailingCountry }', '{ contact: Email }']], at: 'Email }', path: 'fields.1.salesforce.contact', message: /Salesforce contact field Email is already mapped/, instead: /Map it once/ },
  { what: 'a policy without Salesforce', edits: [['    salesforce: Email\n', '']], at: 'fill_blank', path: 'fields.0.policy', message: /`fill_blank` needs a Salesforce field/, instead: /read_only/ },
  { what: 'a Contact without the lead’s field', edits: [['salesforce: { lead: Country, contact: MailingCountry }', 'salesforce: Country']], at: 'Country', path: 'fields.1.salesforce', message: /Contact has no Country/, instead: /contact: MailingCountry/ },
  { what: 'a mapping that writes the lifecycle stage', edits: [['hubspot: country', 'hubspot: lifecyclestage']], at: 'lifecyclestage', path: 'fields.1.hubspot', message: /may not write lifecyclestage.*L13/, instead: /read_only/ },
  { what: 'a mapping that writes consent', edits: [['salesforce: { lead: Country, contact: MailingCountry }', 'salesforce: DoNotCall']], at: 'DoNotCall', path: 'fields.1.salesforce', message: /consent only tightens/, instead: /read_only/ },
  { what: 'a tie that decides nothing', edits: [['    policy: fill_blank', '    policy: fill_blank\n    tie: hubspot']], at: 'tie: hubspot', path: 'fields.0.tie', message: /decides nothing/, instead: /Remove it/ },
  { what: 'a value pair that stands twice', edits: [['policy: newest_wins', 'policy: newest_wins\n    values: [{ hubspot: MX, salesforce: Mexico }, { hubspot: mx, salesforce: mexico }]']], at: '{ hubspot: mx', path: 'fields.1.values.1', message: /“mx” and “mexico” stands twice/, instead: /Keep one/ },
  // Rejections.
  { what: 'a reason that stands twice', edits: [['{ id: other, label: { en: Other }, route: nurture }', '{ id: other, label: { en: Other }, route: nurture }\n    - { id: other, label: { en: Others }, route: nurture }']], at: 'other, label: { en: Others }', path: 'rejection.reasons.2.id', message: /`other` stands twice/, instead: /the first is entry 2/ },
  { what: 'a label that means two reasons', edits: [['{ en: Other }', '{ en: "  SEM   ORCAMENTO. " }']], at: '"  SEM', path: 'rejection.reasons.1.label.en', message: /already means `no_budget` \(“Sem orçamento”\)/, instead: /one of the two/ },
  { what: 'a recycle without a time', edits: [[', after: 90d', '']], at: '{ id: no_budget', path: 'rejection.reasons.0.after', message: /`no_budget` recycles, but does not say when/, instead: /after: 90d/ },
  { what: 'a time that does nothing', edits: [['route: nurture }', 'route: nurture, after: 30d }']], at: 'after: 30d', path: 'rejection.reasons.1.after', message: /does nothing with the route `nurture`/, instead: /route: recycle/ },
  { what: 'a recycle after hours', edits: [['after: 90d', 'after: 12h']], at: '12h', path: 'rejection.reasons.0.after', message: /whole days/, instead: /1d/ },
  { what: 'a duration in words', edits: [['after: 90d', 'after: 90 days']], at: '90 days', path: 'rejection.reasons.0.after', message: /not a duration/, instead: /^Write 90d\./ },
  { what: 'no reason other', edits: [['    - { id: other, label: { en: Other }, route: nurture }\n', '']], at: 'reasons:', path: 'rejection.reasons', message: /no reason `other`.*F3/, instead: /id: other/ },
  // Working time.
  { what: 'an unquoted 9:00', edits: [['from: "09:00"', 'from: 9:00']], at: '9:00', path: 'sla.calendar.from', message: /“9:00”, not a time of day/, instead: /^Write "09:00"\./ },
  { what: 'an hour as a number', edits: [['from: "09:00"', 'from: 9']], at: '9', path: 'sla.calendar.from', message: /is 9, not a text/, instead: /^Write "09:00" in quotes/ },
  { what: 'work that ends before it begins', edits: [['to: "18:00"', 'to: "08:30"']], at: '"08:30"', path: 'sla.calendar.to', message: /before or when it begins/, instead: /24:00/ },
  { what: 'a day that does not exist', edits: [['thu, fri]', 'thu, fry]']], at: 'fry', path: 'sla.calendar.days.4', message: /“fry”, which is not known/, instead: /Did you mean `fri`\?/ },
  { what: 'a team whose day ends before it begins', edits: [['to: "18:00"\n', 'to: "18:00"\n  calendars:\n    - { team: Bogotá, owners: [005A], days: [mon], from: "09:00", to: "08:00" }\n']], at: '"08:00"', path: 'sla.calendars.0.to', message: /ends at 08:00/, instead: /later time/ },
  { what: 'an owner of two teams, in two forms of one id', edits: [['to: "18:00"\n', 'to: "18:00"\n  calendars:\n    - { team: Bogotá, owners: [0055g00000ABcDe], days: [mon], from: "09:00", to: "18:00" }\n    - { team: Lima, owners: [0055g00000ABcDeAAA], days: [mon], from: "09:00", to: "18:00" }\n']], at: '0055g00000ABcDeAAA', path: 'sla.calendars.1.owners.0', message: /already works by the calendar of “Bogotá”/, instead: /one team/ },
  { what: 'an owner’s time zone that is none', edits: [['to: "18:00"\n', 'to: "18:00"\n  calendars:\n    - { team: Bogotá, time_zone: Bogota, owners: [005A], days: [mon], from: "09:00", to: "18:00" }\n']], at: 'Bogota,', path: 'sla.calendars.0.time_zone', message: /time_zone|time zone/, instead: /America\/Mexico_City/ },
  { what: 'a coming back without a return', edits: [['to: "18:00"\n', 'to: "18:00"\n  unanswered: { comes_back: 30d }\n']], at: 'comes_back', path: 'sla.unanswered.comes_back', message: /does nothing without `return`/, instead: /Add return/ },
  { what: 'a coming back in hours', edits: [['to: "18:00"\n', 'to: "18:00"\n  unanswered: { return: 1d, comes_back: 30h }\n']], at: '30h', path: 'sla.unanswered.comes_back', message: /whole days/, instead: /30d/ },
  { what: 'a new lead alongside', edits: [['version: 1\n', 'version: 1\nmode: alongside\nhandoff: { reopening: new_lead }\n']], at: 'new_lead', path: 'handoff.reopening', message: /Concord creates nothing/, instead: /reopening: wait/ },
  { what: 'a new lead where contacts are created', edits: [['version: 1\n', 'version: 1\nhandoff: { creates: contact, reopening: new_lead }\n']], at: 'new_lead', path: 'handoff.reopening', message: /creates contacts/, instead: /creates: lead/ },
  { what: 'a promised field that is none', edits: [['version: 1\n', 'version: 1\nmarketing: { mqls: 100, fields: [email, fax] }\n']], at: 'fax', path: 'marketing.fields.1', message: /no field `fax`/, instead: /email, country/ },
  { what: 'a reason of the system’s', edits: [['id: no_budget', 'id: sla_expired']], at: 'sla_expired', path: 'rejection.reasons.0.id', message: /unanswered handoff returns as/, instead: /another id/ },
  { what: 'a route of the system’s', edits: [['route: nurture', 'route: review']], at: 'review', path: 'rejection.reasons.1.route', message: /route/, instead: /recycle/ },
  { what: 'holidays by country without the data set', edits: [['to: "18:00"\n', 'to: "18:00"\n    holidays: MX\n']], at: 'MX', path: 'sla.calendar.holidays', message: /optional data set date-holidays, which is not installed/, instead: /a list of dates/ },
  { what: 'a holiday that does not exist', edits: [['to: "18:00"\n', 'to: "18:00"\n    holidays: [2027-02-29]\n']], at: '2027-02-29', path: 'sla.calendar.holidays.0', message: /has no 2027-02-29/, instead: /exists/ },
  // What must fit together elsewhere.
  { what: 'a rename of a field that is not there', edits: [['version: 1\n', 'version: 1\nnames: { salesforce_url: { salesforce: Url__c } }\n']], at: 'salesforce: Url__c', path: 'names.salesforce_url.salesforce', message: /writes no `salesforce_url` to Salesforce/, instead: /Remove/ },
  { what: 'an own field that does not exist', edits: [['version: 1\n', 'version: 1\nnames: { stagee: { hubspot: s } }\n']], at: 'stagee:', path: 'names.stagee', message: /`stagee` is not a key of `names`/, instead: /Did you mean `stage`\?/ },
  { what: 'two own fields under one name', edits: [['version: 1\n', 'version: 1\nnames: { score: { hubspot: concord_stage } }\n']], at: 'concord_stage', path: 'names.score.hubspot', message: /`stage` and `score` would both be written to concord_stage/, instead: /name of its own/ },
  { what: 'a rep’s field under two names', edits: [['version: 1\n', 'version: 1\nnames: { rejection_note: { hubspot: why_not } }\n']], at: 'why_not', path: 'names.rejection_note.hubspot', message: /called why_not here and concord_rejection_note/, instead: /same name/ },
  { what: 'an own field that is also mapped', edits: [['hubspot: country', 'hubspot: concord_route']], at: 'concord_route', path: 'fields.1.hubspot', message: /one of Concord’s own fields/, instead: /read_only/ },
  { what: 'a new lead where an account decides', edits: [['version: 1\n', 'version: 1\nhandoff: { creates: contact_if_account, reopening: new_lead }\n']], at: 'new_lead', path: 'handoff.reopening', message: /creates contacts/, instead: /wait or task/ },
  { what: 'creating alongside, by account', edits: [['version: 1\n', 'version: 1\nmode: alongside\nhandoff: { creates: contact_if_account }\n']], at: 'contact_if_account', path: 'handoff.creates', message: /Concord creates nothing/, instead: /mode: standalone/ },
  { what: 'creating alongside', edits: [['version: 1\n', 'version: 1\nmode: alongside\nhandoff: { creates: lead }\n']], at: 'lead }', path: 'handoff.creates', message: /Concord creates nothing/, instead: /mode: standalone/ },
  { what: 'an act that is not among the acts', edits: [['version: 1\n', 'version: 1\nhandoff: { acts: [recent_conversion_date], acts_after_disqualify: [demo_at] }\n']], at: 'demo_at', path: 'handoff.acts_after_disqualify.0', message: /not among the acts/, instead: /handoff\.acts/ },
  { what: 'a domain with an @', edits: [['version: 1\n', 'version: 1\nscope: { exclude_email_domains: ["ana@acme.com"] }\n']], at: '"ana@acme.com"', path: 'scope.exclude_email_domains.0', message: /not an e-mail domain/, instead: /^Write acme\.com/ },
  { what: 'a schedule that is no cron line', edits: [['version: 1\n', 'version: 1\nschedule: { sync: "every 5 minutes" }\n']], at: '"every 5', path: 'schedule.sync', message: /not a cron line/, instead: /\*\/5/ },
  { what: 'a cron line beyond the clock', edits: [['version: 1\n', 'version: 1\nschedule: { full: "30 25 * * *" }\n']], at: '"30 25', path: 'schedule.full', message: /not a cron line/, instead: /minute hour/ },
  { what: 'a feedback pass that would use up the quota', edits: [['version: 1\n', 'version: 1\nschedule: { feedback: 4s }\n']], at: '4s', path: 'schedule.feedback', message: /Every 4 seconds is too often/, instead: /5s or more/ },
  { what: 'a feedback interval that is none', edits: [['version: 1\n', 'version: 1\nschedule: { feedback: often }\n']], at: 'often', path: 'schedule.feedback', message: /./, instead: /45s/ },
  { what: 'a default of a field name that cannot be', edits: [['version: 1\n', 'version: 1\nhandoff: { lead_defaults: { Lead Source: Web } }\n']], at: 'Lead Source: Web', path: 'handoff.lead_defaults.Lead Source', message: /“Lead Source” is not a field’s API name/, instead: /API name/ },
  { what: 'a status as a default of created leads', edits: [['version: 1\n', 'version: 1\nhandoff: { lead_defaults: { Status: New } }\n']], at: 'Status: New', path: 'handoff.lead_defaults.Status', message: /status of `mql`/, instead: /lead_status/ },
  { what: 'a record type of created leads by its id', edits: [['version: 1\n', 'version: 1\nlead_record_types: [{ name: Partner }]\nhandoff: { lead_defaults: { RecordTypeId: 0125g000000AbCdAAK } }\n']], at: '0125g000000AbCdAAK', path: 'handoff.lead_defaults.RecordTypeId', message: /does not tell which statuses/, instead: /developer name.*Partner/ },
  { what: 'a record type of created leads under another name', edits: [['version: 1\n', 'version: 1\nhandoff: { lead_defaults: { recordTypeId: Partner } }\n']], at: 'recordTypeId', path: 'handoff.lead_defaults.recordTypeId', message: /field RecordTypeId/, instead: /^Write RecordTypeId/ },
  // YAML itself.
  { what: 'a key that stands twice', edits: [['  currency: USD\n', '  currency: USD\n  currency: EUR\n']], at: 'currency: EUR', path: '', message: /stands twice/, instead: /Keep one/ },
  { what: 'a tab', edits: [['  hubspot: hubspotscore', '\thubspot: hubspotscore']], at: '\thubspot', path: '', message: /tab/, instead: /two spaces/ },
  { what: 'a tab before the item of a list, for which the parser blames other lines too', edits: [['  - id: mql', '\t- id: mql']], at: '\t- id: mql', path: '', message: /tab/, instead: /two spaces/ },
  { what: 'an unclosed bracket', edits: [['[mon, tue, wed, thu, fri]', '[mon, tue, wed, thu, fri']], at: 'from:', path: '', message: /bracket is not closed/, instead: /Close every/ },
  { what: 'a colon in an unquoted text', edits: [['  name: Acme', '  name: Acme: north']], at: 'Acme: north', path: '', message: /key begins where none can be/, instead: /in quotes/ },
  { what: 'an anchor that is not there', edits: [['  name: Acme', '  name: *acme']], at: '*acme', path: '', message: /anchor/, instead: /value itself/ },
  { what: 'an anchor that holds itself', edits: [['when: { field: fact.converted, is: true }', 'when: &w { any: [{ not: *w }] }']], at: '*w', path: '', message: /`\*w` stands inside what it repeats/, instead: /closed above/ },
  { what: 'an anchor that holds itself where no condition stands', edits: [['  name: Acme', '  name: &n { again: [*n] }']], at: '*n', path: '', message: /no end/, instead: /value itself/ },
];

/** The text at a line and column. */
function textAt(text: string, line: number, column: number): string {
  return (text.split('\n')[line - 1] ?? '').slice(column - 1);
}

test('the sample itself is right', () => {
  expect(faultsOf(SMALL)).toEqual([]);
  expect(warningsOf(SMALL)).toEqual([]);
});

test.each(ROWS)('$what', ({ edits, at, path, message, instead }) => {
  const text = edited(...edits);

  const faults = faultsOf(text);

  expect(faults.map((fault) => fault.path)).toEqual([path]);
  const [fault] = faults;
  expect(fault?.message).toMatch(message);
  expect(fault?.instead).toMatch(instead);
  expect(textAt(text, fault?.line ?? 0, fault?.column ?? 0).startsWith(at)).toBe(true);
});

test('five mistakes of five kinds give exactly five faults, in the file’s order', () => {
  const text = edited(['currency: USD', 'curency: USD'], ['policy: newest_wins', 'policy: newest'], ['at_least: 60', 'atleast: 60'], ['after: 90d', 'after: 3 months'], ['from: "09:00"', 'from: 9:00']);

  const faults = faultsOf(text);

  expect(faults.map(faultText)).toEqual([
    expect.stringMatching(/^agreement\.yaml:5:3: `curency` is not a key/),
    expect.stringMatching(/^agreement\.yaml:15:13: `policy` is “newest”/),
    expect.stringMatching(/^agreement\.yaml:26:27: `atleast` is not an operator/),
    expect.stringMatching(/^agreement\.yaml:43:116: `after` is “3 months”, not a duration\. Write 90d\./),
    expect.stringMatching(/^agreement\.yaml:48:11: `from` is “9:00”/),
  ]);
});

test('a key that stands twice does not hide the other faults', () => {
  const text = edited(['  currency: USD\n', '  currency: USD\n  currency: EUR\n'], ['at_least: 60', 'at_least: many']);

  expect(faultsOf(text).map((fault) => fault.line)).toEqual([6, 27]);
});

test.each([
  ['', /empty/],
  ['# only a comment\n', /empty/],
  ['- a\n- b\n', /holds a list/],
  ['just words', /holds “just words”/],
])('a file that is no agreement: %j', (text, message) => {
  const faults = faultsOf(text);

  expect(faults).toHaveLength(1);
  expect(faults[0]).toMatchObject({ line: 1, column: 1, message: expect.stringMatching(message), instead: expect.stringContaining('version: 1') });
});

test.each([
  ['an unused stage', edited([', when: { field: fact.converted, is: true }', '']), 'stages.4.when', /no evidence enters it/],
  ['a field for nothing', edited(['    policy: newest_wins\n', ''], ['needs: [email, country]', 'needs: [email]']), 'fields.1.id', /used by nothing/],
  ['no status that rejects', edited(['hs_lead_status: [UNQUALIFIED], ', '']), 'rejection.signals.hubspot.hs_lead_status', /only the reason field does/],
  ['a warning that comes too early', edited(['    to: "18:00"\n', '    to: "18:00"\n  first_touch: 1h\n']), 'sla.due_soon', /not shorter than `first_touch`/],
  ['a stage shown by an earlier value', edited(['owner: sales, when: { field: fact.converted', 'owner: sales, hubspot: { lifecyclestage: lead }, when: { field: fact.converted']), 'stages.4.hubspot.lifecyclestage', /only move forward/],
])('%s is a warning, not a fault', (_, text, path, message) => {
  expect(warningsOf(text)).toEqual([expect.objectContaining({ path, message: expect.stringMatching(message) })]);
});

test('anchors and aliases are read, and faults in them are located where the alias stands', () => {
  const reused = edited(['{ en: Recycled }', '&label { en: Off }'], ['{ en: Lost }', '*label']);

  expect(load(reused).stageLabel('lost')).toBe('Off');
});

test('a file never makes the loader throw', () => {
  for (let cut = 0; cut < SMALL.length; cut += 7) expect(() => loadAgreement(SMALL.slice(0, cut), 'a')).not.toThrow();
  const bomb = 'a: &a [x,x,x,x,x,x,x,x,x]\n' + 'bcdefgh'.split('').map((name, index) => `${name}: &${name} [${Array(9).fill(`*${'abcdefg'[index]}`).join(',')}]\n`).join('');
  expect(faultsOf(bomb)).toHaveLength(1);
  expect(faultsOf('__proto__: { polluted: 1 }\nversion: 1\n').length).toBeGreaterThan(0);
  expect(({} as { polluted?: number }).polluted).toBeUndefined();
});
