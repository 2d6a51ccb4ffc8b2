import type { RunningSandbox } from './server';

/** A pair of fields that the integration keeps equal. */
export interface IntegrationMapping {
  hubspot: string;
  lead: string | null;
  contact: string | null;
}

/** The pairs that come with the integration and cannot be removed, and the ones everybody adds (https://knowledge.hubspot.com/salesforce/map-hubspot-properties-to-salesforce-fields). */
const USUAL: readonly IntegrationMapping[] = [
  { hubspot: 'firstname', lead: 'FirstName', contact: 'FirstName' },
  { hubspot: 'lastname', lead: 'LastName', contact: 'LastName' },
  { hubspot: 'company', lead: 'Company', contact: null },
  { hubspot: 'phone', lead: 'Phone', contact: 'Phone' },
  { hubspot: 'jobtitle', lead: 'Title', contact: 'Title' },
  { hubspot: 'country', lead: 'Country', contact: 'MailingCountry' },
];

/** Stages to which a contact role on an opportunity moves the contact, by whether it is won. */
const STAGE_OF = { open: 'opportunity', won: 'customer' } as const;

/**
 * HubSpot's own Salesforce integration between the sandbox's portal and org, as far as anybody else meets it: it joins people by id, then by e-mail, creates
 * the missing record on either side, keeps mapped fields equal (Salesforce wins unless blank), follows conversion, and moves the lifecycle stage forward
 * with opportunities. A real one makes a pass every 15 minutes; here each `sync` is one. It acts as `SALESFORCE` in HubSpot and as a user of its own in
 * Salesforce.
 */
export class NativeIntegration {
  readonly userId: string;
  private readonly mappings: readonly IntegrationMapping[];

  constructor(
    private readonly sandbox: RunningSandbox,
    more: readonly IntegrationMapping[] = [],
  ) {
    sandbox.hubspot.state.installSalesforceConnector();
    this.userId = sandbox.salesforce.state.addUser({ Name: 'HubSpot Integration', Username: 'hubspot.integration@acme.example' });
    this.mappings = [...USUAL, ...more];
  }

  /** One pass; answers how many records it changed. */
  sync(): number {
    return this.toHubspot() + this.toSalesforce() + this.stages();
  }

  private get hub() {
    return this.sandbox.hubspot.state.act({ sourceType: 'SALESFORCE' });
  }

  private get force() {
    return this.sandbox.salesforce.state.act(this.userId);
  }

  private toHubspot(): number {
    const { hubspot, salesforce } = this.sandbox;
    let changed = 0;
    for (const object of ['Lead', 'Contact'] as const) {
      for (const { Id: id } of salesforce.state.query(`SELECT Id FROM ${object} WHERE Email != null${object === 'Lead' ? ' AND IsConverted = false' : ''}`)) {
        const row = salesforce.state.record(object, String(id)) ?? {};
        const email = String(row['Email']);
        const link = object === 'Lead' ? 'salesforceleadid' : 'salesforcecontactid';
        const known = [...hubspot.state.contacts()].find((contact) => contact.properties[link] === id) ?? hubspot.state.byEmail(email);
        const wanted: Record<string, string> = { [link]: String(id) };
        for (const { hubspot: property, lead, contact } of this.mappings) {
          const field = object === 'Lead' ? lead : contact;
          const value = field === null ? null : row[field];
          if (typeof value === 'string' && value !== '') wanted[property] = value;
        }
        const stamp = { salesforcelastsynctime: new Date(this.sandbox.clock.now()).toISOString() };
        if (known === undefined) this.hub.create('contacts', { email, ...wanted, ...stamp });
        else {
          const different = Object.fromEntries(Object.entries(wanted).filter(([name, value]) => known.properties[name] !== value));
          if (Object.keys(different).length === 0) continue;
          this.hub.update('contacts', known.id, { ...different, ...stamp });
        }
        changed += 1;
      }
    }
    return changed;
  }

  private toSalesforce(): number {
    const { hubspot, salesforce } = this.sandbox;
    let changed = 0;
    for (const contact of [...hubspot.state.contacts()]) {
      const { email, salesforceleadid: leadId, salesforcecontactid: contactId } = contact.properties;
      if (email === undefined) continue;
      const [object, id] = contactId !== undefined ? (['Contact', contactId] as const) : (['Lead', leadId] as const);
      const row = id === undefined ? undefined : salesforce.state.record(object, id);
      // Whoever deleted the record meant it; a converted lead is followed by the pass in the other direction.
      if (id !== undefined && (row === undefined || row['IsDeleted'] === true || row['IsConverted'] === true)) continue;
      const wanted: Record<string, string> = {};
      for (const { hubspot: property, lead, contact: field } of this.mappings) {
        const name = object === 'Lead' ? lead : field;
        const value = contact.properties[property];
        if (name !== null && value !== undefined && value !== '' && (row?.[name] ?? null) === null) wanted[name] = value;
      }
      if (row !== undefined) {
        if (Object.keys(wanted).length === 0) continue;
        this.force.update(object, String(id), wanted);
      } else {
        const made = this.force.create('Lead', { LastName: 'Unknown', Company: 'Unknown', ...wanted, Email: email });
        this.hub.update('contacts', contact.id, { salesforceleadid: made, salesforcelastsynctime: new Date(this.sandbox.clock.now()).toISOString() });
      }
      changed += 1;
    }
    return changed;
  }

  private stages(): number {
    const { hubspot, salesforce } = this.sandbox;
    let changed = 0;
    for (const role of salesforce.state.query('SELECT ContactId, Opportunity.IsClosed, Opportunity.IsWon FROM OpportunityContactRole')) {
      const opportunity = role['Opportunity'] as { IsClosed: boolean; IsWon: boolean } | null;
      const stage = opportunity === null ? null : opportunity.IsWon ? STAGE_OF.won : opportunity.IsClosed ? null : STAGE_OF.open;
      const contact = [...hubspot.state.contacts()].find((one) => one.properties['salesforcecontactid'] === role['ContactId']);
      if (stage === null || contact === undefined || contact.properties['lifecyclestage'] === stage) continue;
      // Never backward: HubSpot keeps the later stage.
      if (this.hub.update('contacts', contact.id, { lifecyclestage: stage }).properties['lifecyclestage'] === stage) changed += 1;
    }
    return changed;
  }
}
