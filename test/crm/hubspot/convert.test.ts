import { describeProperty, moment, toRecord, toText, toValue, toVersions } from '../../../src/crm/hubspot/convert';
import { fullSalesforceId } from '../../../src/crm/salesforceId';
import { PropertyDefinition } from '../../../src/crm/hubspot/schema';
import type { FieldDescription, FieldType } from '../../../src/crm/port';
import type { Value } from '../../../src/domain/record';

describe('values by described type (M3)', () => {
  test.each<[FieldType, string | null, Value | undefined]>([
    ['text', 'Ana', 'Ana'],
    ['text', '', null],
    ['text', null, null],
    ['text', ' \t\n', null],
    ['text', ' Ana ', ' Ana '],
    ['text', '007', '007'],
    ['number', '12.5', 12.5],
    ['number', '-0.5', -0.5],
    ['number', '1e3', 1000],
    ['number', 'many', undefined],
    ['number', ' ', undefined],
    ['boolean', 'true', true],
    ['boolean', 'false', false],
    ['boolean', '', null],
    ['boolean', 'yes', undefined],
    ['date', '2026-11-22', '2026-11-22'],
    ['date', '1795305600000', '2026-11-22'],
    ['date', '2026-13-45', undefined],
    ['datetime', '2026-11-22T09:00:00Z', '2026-11-22T09:00:00.000Z'],
    ['datetime', '2026-11-22T10:00:00.123+01:00', '2026-11-22T09:00:00.123Z'],
    ['datetime', '1795338000000', '2026-11-22T09:00:00.000Z'],
    ['datetime', 'yesterday', undefined],
    ['option', 'marketingqualifiedlead', 'marketingqualifiedlead'],
    ['options', 'b;a', 'a;b'],
    ['options', ';b', 'b'],
    ['options', ';', null],
    ['reference', '4321', '4321'],
  ])('%s %j is read as %j', (type, text, value) => {
    expect(toValue(type, text)).toBe(value);
  });

  test.each<[FieldType, Value]>([
    ['text', 'Peña; Núñez'],
    ['number', 12.5],
    ['number', 0],
    ['boolean', true],
    ['boolean', false],
    ['date', '2026-03-29'],
    ['datetime', '2026-11-22T09:00:00.000Z'],
    ['option', 'no_budget'],
    ['options', 'a;b'],
    ['text', null],
    ['datetime', null],
  ])('%s %j survives the way there and back', (type, value) => {
    expect(toValue(type, toText(value))).toBe(value);
  });

  test('clearing is an empty text, never null', () => {
    expect(toText(null)).toBe('');
  });

  test('a moment beyond what a date can hold is no moment', () => {
    expect(moment('99999999999999999')).toBeUndefined();
    expect(moment(undefined)).toBeUndefined();
  });
});

function property(more: Record<string, unknown>): PropertyDefinition {
  return PropertyDefinition.parse({ name: 'x', label: 'X', type: 'string', fieldType: 'text', groupName: 'g', ...more });
}

describe('property definitions', () => {
  test.each<[Record<string, unknown>, FieldType]>([
    [{ type: 'string', fieldType: 'textarea' }, 'text'],
    [{ type: 'phone_number', fieldType: 'phonenumber' }, 'text'],
    [{ type: 'number', fieldType: 'number' }, 'number'],
    [{ type: 'bool', fieldType: 'booleancheckbox' }, 'boolean'],
    [{ type: 'enumeration', fieldType: 'booleancheckbox' }, 'boolean'],
    [{ type: 'date', fieldType: 'date' }, 'date'],
    [{ type: 'datetime', fieldType: 'date' }, 'datetime'],
    [{ type: 'enumeration', fieldType: 'select' }, 'option'],
    [{ type: 'enumeration', fieldType: 'radio' }, 'option'],
    [{ type: 'enumeration', fieldType: 'checkbox' }, 'options'],
    [{ type: 'enumeration', fieldType: 'select', externalOptions: true, referencedObjectType: 'OWNER' }, 'reference'],
  ])('%j is %s', (definition, type) => {
    expect(describeProperty(property(definition)).type).toBe(type);
  });

  test('options come in HubSpot’s order, hidden ones left out', () => {
    const described = describeProperty(
      property({
        type: 'enumeration',
        fieldType: 'select',
        options: [
          { label: 'B', value: 'b', displayOrder: 1, hidden: false },
          { label: 'Old', value: 'old', displayOrder: 2, hidden: true },
          { label: 'A', value: 'a', displayOrder: 0, hidden: false },
        ],
      }),
    );

    expect(described.options).toEqual([
      { value: 'a', label: 'A' },
      { value: 'b', label: 'B' },
    ]);
    expect(described.restricted).toBe(true);
  });

  test.each([
    [{}, true],
    [{ calculated: true }, false],
    [{ modificationMetadata: { readOnlyValue: true, readOnlyDefinition: true, archivable: false } }, false],
  ])('%j: writable %s', (more, writable) => {
    expect(describeProperty(property(more)).writable).toBe(writable);
  });
});

const described: Record<string, FieldDescription> = {
  lifecyclestage: { name: 'lifecyclestage', label: '', type: 'option', writable: true },
  concord_score: { name: 'concord_score', label: '', type: 'number', writable: true },
  jobtitle: { name: 'jobtitle', label: '', type: 'text', writable: true },
};

function contact(properties: Record<string, string | null>, more: object = {}) {
  return { id: '512', properties: { createdate: '2026-01-05T10:00:00Z', lastmodifieddate: '2026-11-20T08:30:00.123Z', ...properties }, ...more };
}

describe('records', () => {
  const context = { described, fields: ['lifecyclestage', 'concord_score', 'jobtitle'], doNotCallProperty: 'no_calls', queues: new Set(['9']) };

  test('a contact with everything', () => {
    const { record, problem } = toRecord(
      contact({
        email: 'ana@example.com',
        hs_additional_emails: 'a2@example.com;ana@example.com; a3@example.com',
        hs_merged_object_ids: '77;78',
        hubspot_owner_id: '4321',
        hs_email_optout: 'true',
        no_calls: 'false',
        salesforceleadid: '00Q000000000001AAA',
        salesforcecontactid: null,
        lifecyclestage: 'lead',
        concord_score: '61',
        jobtitle: null,
      }),
      context,
    );

    expect(problem).toBeUndefined();
    expect(record).toEqual({
      ref: { crm: 'hubspot', object: 'contact', id: '512' },
      createdAt: Date.parse('2026-01-05T10:00:00Z'),
      modifiedAt: Date.parse('2026-11-20T08:30:00.123Z'),
      fields: { lifecyclestage: 'lead', concord_score: 61, jobtitle: null },
      emails: ['ana@example.com', 'a2@example.com', 'a3@example.com'],
      aliases: ['77', '78'],
      carries: { salesforceLead: '00Q000000000001AAA' },
      owner: { id: '4321', kind: 'user' },
      consent: { emailOptOut: true, doNotCall: false },
    });
  });

  test('Salesforce ids in their 15-character form are the same ids (I1)', () => {
    const { record } = toRecord(contact({ salesforceleadid: '00Q5g00000ABcDe', salesforcecontactid: ' 0035g00000abCDEAA2 ' }), context);

    expect(record?.carries).toEqual({ salesforceLead: fullSalesforceId('00Q5g00000ABcDe'), salesforceContact: '0035g00000abCDEAA2' });
  });

  test.each([['001A0000006Vm9r', '001A0000006Vm9rIAC'], ['000000000000000', '000000000000000AAA'], ['001A0000006Vm9rIAC', '001A0000006Vm9rIAC'], ['not an id', 'not an id']])('%s in full is %s', (short, full) => {
    expect(fullSalesforceId(short)).toBe(full);
  });

  test('what HubSpot leaves out is absent, never empty (M5)', () => {
    const { record } = toRecord(contact({}), context);

    expect(record?.fields).toEqual({});
    expect(record?.consent).toEqual({});
    expect(record).not.toHaveProperty('owner');
  });

  test('empty is empty: no owner, never opted out', () => {
    const { record } = toRecord(contact({ hubspot_owner_id: null, hs_email_optout: null }), context);

    expect(record?.owner).toBeNull();
    expect(record?.consent).toEqual({ emailOptOut: false });
  });

  test('an owner that is a queue', () => {
    expect(toRecord(contact({ hubspot_owner_id: '9' }), context).record?.owner).toEqual({ id: '9', kind: 'queue' });
  });

  test('a value that does not fit its type is left out and named, the rest stands', () => {
    const { record, problem } = toRecord(contact({ concord_score: 'many', lifecyclestage: 'lead' }), context);

    expect(record?.fields).toEqual({ lifecyclestage: 'lead' });
    expect(problem).toMatchObject({ code: 'unreadable', fields: ['concord_score'], record: { id: '512' } });
  });

  test('archived is deleted', () => {
    expect(toRecord(contact({}, { archived: true }), context).record?.gone).toEqual({ how: 'deleted' });
  });

  test('a record without times is a problem, not a record', () => {
    const { record, problem } = toRecord({ id: '512', properties: {} }, context);

    expect(record).toBeUndefined();
    expect(problem).toMatchObject({ code: 'unreadable', record: { id: '512' } });
  });
});

describe('histories', () => {
  test('newest first, with who and by what', () => {
    const { versions, bad } = toVersions('option', [
      { value: 'lead', timestamp: '2026-11-01T00:00:00Z', sourceType: 'FORM' },
      { value: 'marketingqualifiedlead', timestamp: '2026-11-20T08:30:00Z', sourceType: 'INTEGRATION', sourceId: '998877', sourceLabel: 'Concord', updatedByUserId: 71234 },
      { value: '', timestamp: '2026-11-10T00:00:00Z', sourceType: 'CRM_UI', sourceId: 'userId:55' },
    ]);

    expect(bad).toBe(0);
    expect(versions).toEqual([
      { value: 'marketingqualifiedlead', at: Date.parse('2026-11-20T08:30:00Z'), by: { id: '71234', name: 'Concord', source: 'INTEGRATION' } },
      { value: null, at: Date.parse('2026-11-10T00:00:00Z'), by: { id: '55', source: 'CRM_UI' } },
      { value: 'lead', at: Date.parse('2026-11-01T00:00:00Z'), by: { source: 'FORM' } },
    ]);
  });

  test('entries that cannot be read are counted', () => {
    expect(toVersions('number', [{ value: 'x', timestamp: '2026-11-01T00:00:00Z' }, { value: '1' }, null]).bad).toBe(3);
  });
});
