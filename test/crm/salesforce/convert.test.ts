import { fromCsv, fromValue, parseMoment, toRecord, toValue, type RowReader } from '../../../src/crm/salesforce/convert';
import type { FieldType } from '../../../src/crm/port';

describe('values (M3)', () => {
  test.each<[FieldType, unknown, unknown]>([
    ['datetime', '2026-11-22T04:17:39.000+0000', '2026-11-22T04:17:39.000Z'],
    ['datetime', '2026-11-22T04:17:39.000Z', '2026-11-22T04:17:39.000Z'],
    ['datetime', '2026-11-21T22:17:39.000-0600', '2026-11-22T04:17:39.000Z'],
    ['datetime', 'tomorrow', undefined],
    ['date', '2026-11-22', '2026-11-22'],
    ['date', 20261122, undefined],
    ['number', 60.5, 60.5],
    ['number', '60.5', 60.5],
    ['number', 'sixty', undefined],
    ['boolean', true, true],
    ['boolean', 'false', false],
    ['boolean', 'yes', undefined],
    ['options', 'Web;Ads;Events', 'Ads;Events;Web'],
    ['option', 'No budget', 'No budget'],
    ['text', '', null],
    ['text', null, null],
    ['reference', '00Q000000000001AAA', '00Q000000000001AAA'],
    ['text', { street: 'x' }, undefined],
  ])('%s %j reads as %j', (type, raw, value) => {
    expect(toValue(type, raw)).toBe(value);
  });

  test.each<[FieldType, string | number | boolean]>([
    ['datetime', '2026-11-22T04:17:39.000Z'], ['date', '2026-11-22'], ['number', -3.25], ['boolean', false], ['options', 'Ads;Web'], ['option', 'mql'], ['text', 'Ñandú'],
  ])('%s %j comes back as it was written', (type, value) => {
    expect(toValue(type, fromValue(type, value))).toBe(value);
  });

  test.each<[FieldType, string | number | boolean]>([['number', 'sixty'], ['boolean', 'true'], ['date', '2026-11-22T00:00:00Z'], ['datetime', 'soon']])('%s cannot hold %j', (type, value) => {
    expect(fromValue(type, value)).toBeUndefined();
  });

  test('empty is null, but a checkbox knows no empty', () => {
    expect(fromValue('text', null)).toBeNull();
    expect(fromValue('boolean', null)).toBe(false);
  });

  test('a moment without an offset is not read as local time', () => {
    expect(parseMoment('2026-11-22T04:17:39')).toBeUndefined();
  });
});

const names = { recordTypes: new Map(), externalIdField: 'Concord_HubSpot_Id__c', optOutField: 'HasOptedOutOfEmail', doNotCallField: 'DoNotCall' };
const reader = (object: RowReader['object'], asked: Record<string, FieldType>): RowReader => ({ object, asked: Object.keys(asked), types: new Map(Object.entries(asked)), ...names });
const lead = {
  attributes: { type: 'Lead', url: '/services/data/v67.0/sobjects/Lead/00Q000000000001AAA' },
  Id: '00Q000000000001AAA', CreatedDate: '2026-11-01T08:00:00.000+0000', SystemModstamp: '2026-11-22T04:17:39.000+0000', LastModifiedById: '005000000000001AAA', IsDeleted: false,
  MasterRecordId: null, Email: 'Ana@Acme.MX', OwnerId: '005000000000002AAA', IsConverted: false,
};

describe('records', () => {
  test('a lead with its structure, asked fields and consent', () => {
    const read = toRecord(reader('lead', { Concord_Score__c: 'number', Rating: 'option' }), { ...lead, Concord_Score__c: 71, Rating: null, Concord_HubSpot_Id__c: '512', HasOptedOutOfEmail: true, DoNotCall: false });

    expect(read).toEqual({
      record: {
        ref: { crm: 'salesforce', object: 'lead', id: '00Q000000000001AAA' },
        createdAt: Date.UTC(2026, 10, 1, 8),
        modifiedAt: Date.UTC(2026, 10, 22, 4, 17, 39),
        modifiedBy: { id: '005000000000001AAA' },
        fields: { Concord_Score__c: 71, Rating: null },
        emails: ['Ana@Acme.MX'],
        aliases: [],
        carries: { hubspotContact: '512' },
        owner: { id: '005000000000002AAA', kind: 'user' },
        consent: { emailOptOut: true, doNotCall: false },
      },
    });
  });

  test('M5: what the answer leaves out is absent, not empty', () => {
    const read = toRecord(reader('lead', { Rating: 'option' }), { ...lead, OwnerId: undefined });

    expect(read.record?.fields).toEqual({});
    expect(read.record?.consent).toEqual({});
    expect(read.record).not.toHaveProperty('owner');
  });

  test('I3: a deleted row with a master lost a merge; without one it was deleted', () => {
    expect(toRecord(reader('lead', {}), { ...lead, IsDeleted: true, MasterRecordId: '00Q000000000009AAA' }).record?.gone).toEqual({ how: 'merged', into: '00Q000000000009AAA' });
    expect(toRecord(reader('lead', {}), { ...lead, IsDeleted: true }).record?.gone).toEqual({ how: 'deleted' });
  });

  test('I2: a converted lead names what it became', () => {
    const read = toRecord(reader('lead', {}), { ...lead, IsConverted: true, ConvertedDate: '2026-11-20', ConvertedContactId: '003000000000001AAA', ConvertedAccountId: '001000000000001AAA', ConvertedOpportunityId: null });

    expect(read.record?.conversion).toEqual({ contactId: '003000000000001AAA', accountId: '001000000000001AAA', opportunityId: null, on: '2026-11-20' });
  });

  test('a queue owns', () => {
    expect(toRecord(reader('lead', {}), { ...lead, OwnerId: '00G000000000001AAA' }).record?.owner).toEqual({ id: '00G000000000001AAA', kind: 'queue' });
  });

  test('an opportunity and its role', () => {
    const of = { ...lead, Id: '006000000000001AAA', Name: 'Acme', AccountId: '001000000000001AAA', StageName: 'Closed Won', IsClosed: true, IsWon: true, Amount: 1200.5, CloseDate: '2026-11-30', Type: null };
    const role = { ...lead, Id: '00K000000000001AAA', OpportunityId: '006000000000001AAA', ContactId: '003000000000001AAA', Role: 'Decision Maker', IsPrimary: true };

    expect(toRecord(reader('opportunity', {}), of).record?.opportunity).toEqual({ name: 'Acme', accountId: '001000000000001AAA', stageName: 'Closed Won', isClosed: true, isWon: true, amount: 1200.5, currency: null, closeDate: '2026-11-30', type: null });
    expect(toRecord(reader('role', {}), role).record?.role).toEqual({ opportunityId: '006000000000001AAA', contactId: '003000000000001AAA', name: 'Decision Maker', isPrimary: true });
  });

  test('one bad value leaves its field unknown and is named', () => {
    const read = toRecord(reader('lead', { Concord_MQL_At__c: 'datetime', Rating: 'option' }), { ...lead, Concord_MQL_At__c: 'soon', Rating: 'Hot' });

    expect(read.record?.fields).toEqual({ Rating: 'Hot' });
    expect(read.problem).toMatchObject({ code: 'unreadable', fields: ['Concord_MQL_At__c'], record: { id: '00Q000000000001AAA' } });
  });

  test('a row without its structure is a problem that names the record', () => {
    const read = toRecord(reader('lead', {}), { ...lead, SystemModstamp: 'yesterday' });

    expect(read.record).toBeUndefined();
    expect(read.problem).toMatchObject({ code: 'unreadable', record: { object: 'lead', id: '00Q000000000001AAA' } });
  });

  test('a bulk row gives the same record as a REST row', () => {
    const types = new Map<string, FieldType>(Object.entries({ IsDeleted: 'boolean', IsConverted: 'boolean', Concord_Score__c: 'number', Concord_MQL_At__c: 'datetime', HasOptedOutOfEmail: 'boolean', MasterRecordId: 'reference', Rating: 'option' } as const));
    const of: RowReader = { object: 'lead', asked: ['Concord_Score__c', 'Concord_MQL_At__c', 'Rating'], types, ...names };
    const rest = { ...lead, attributes: undefined, Concord_Score__c: 71, Concord_MQL_At__c: '2026-11-22T04:17:39.000+0000', HasOptedOutOfEmail: false, Rating: null };
    const csv = { Id: lead.Id, CreatedDate: '2026-11-01T08:00:00.000Z', SystemModstamp: '2026-11-22T04:17:39.000Z', LastModifiedById: '005000000000001AAA', IsDeleted: 'false', MasterRecordId: '', Email: 'Ana@Acme.MX', OwnerId: '005000000000002AAA', IsConverted: 'false', Concord_Score__c: '71', Concord_MQL_At__c: '2026-11-22T04:17:39.000Z', HasOptedOutOfEmail: 'false', Rating: '' };

    expect(toRecord(of, fromCsv(types, csv))).toEqual(toRecord(of, rest));
  });
});
