import type { Problem } from '../../src/domain/problem';
import type { CrmRecord, ObjectName } from '../../src/domain/record';
import type { Pass } from '../../src/run/parts';
import { toRecord as toHubspotRecord } from '../../src/crm/hubspot/convert';
import { STRUCTURE } from '../../src/crm/hubspot/convert';
import { toRecord as toSalesforceRecord, type RowReader } from '../../src/crm/salesforce/convert';
import { readerOf } from '../../src/crm/salesforce/describe';
import type { GeneratedPerson, SalesforceRow } from '../../src/sandbox/generate';

/** The part of a generated person that each Salesforce object's record is made of. */
export const PARTS = { lead: 'lead', contact: 'contact', opportunity: 'opportunity', role: 'role' } as const satisfies Record<ObjectName, keyof GeneratedPerson>;

/**
 * Turns generated people into the records that the adapters would read of them, without reading: the adapters' own converters over the descriptions
 * that the sandbox gives. What was asked for and is not there is empty, as in both CRMs' answers.
 */
export async function createRecords(pass: Pass): Promise<(person: GeneratedPerson) => CrmRecord[]> {
  const { parts } = pass;
  const { agreement } = parts.terms;
  const described = (await parts.hubspot.describe()).contact ?? {};
  const description = await parts.salesforce.describe();
  const fields = parts.fields.select.hubspot.contact ?? [];
  const context = { described, fields, doNotCallProperty: agreement.settings.consent.hubspot.do_not_call, queues: new Set<string>() };
  const blank = Object.fromEntries([...STRUCTURE, ...fields].map((name) => [name, null]));
  const { consent } = agreement.settings;
  const names = { externalIdField: agreement.ownField('hubspot_id').salesforce ?? '', optOutField: consent.salesforce.opt_out, doNotCallField: consent.salesforce.do_not_call };
  const shape = { description, createable: {}, recordTypes: {}, closedStages: new Set<string>() };
  const readers = new Map<ObjectName, { reader: RowReader; blank: SalesforceRow }>();
  for (const object of Object.keys(PARTS) as ObjectName[]) {
    const reader = readerOf(shape, object, parts.fields.select.salesforce, names);
    if (reader === undefined) throw new Error(`the sandbox shows no ${object}`);
    readers.set(object, { reader, blank: Object.fromEntries([...reader.types].map(([name, type]) => [name, type === 'boolean' ? false : null])) });
  }

  return (person) => {
    const { hubspot } = person;
    const contact = toHubspotRecord({ id: String(hubspot.id), properties: { ...blank, hs_object_id: String(hubspot.id), createdate: String(hubspot.createdate), lastmodifieddate: hubspot.lastmodifieddate, ...hubspot.properties } }, context);
    const records: { record?: CrmRecord | undefined; problem?: Problem | undefined }[] = [contact];
    for (const [object, { reader, blank: empty }] of readers) {
      const row = person[PARTS[object]];
      if (row !== undefined) records.push(toSalesforceRecord(reader, { ...empty, ...row }));
    }
    return records.map(({ record, problem }) => {
      if (record === undefined || problem !== undefined) throw new Error(`a generated record cannot be read: ${JSON.stringify(problem)}`);
      if (record.opportunity !== undefined && person.closing !== undefined) record.opportunity.closedAt = Date.parse(String(person.closing['CreatedDate']));
      return record;
    });
  };
}
