import fc from 'fast-check';
import type { MirrorRecord, Value } from '../../src/domain/record';
import type { FieldChange } from '../../src/domain/write';
import { decodeChanges, encodeChanges, packBody, unpackBody } from '../../src/store/journalCodec';
import { createNames } from '../../src/store/names';
import { decodeIdentity, decodeRecord, encodeRecord, keysOf, namesIn } from '../../src/store/recordCodec';
import { fromShortJson, toShortJson } from '../../src/store/shortJson';
import { packValue, unpackValue } from '../../src/store/valueCodec';
import { NOW } from './samples';

const moment = fc.date({ noInvalidDate: true, min: new Date(-1e12), max: new Date(4e12) }).map((date) => date.toISOString());
const value: fc.Arbitrary<Value> = fc.oneof(fc.string(), fc.string().map((text) => `~${text}`), moment, moment.map((text) => text.replace('Z', '+')), fc.integer(), fc.double({ noNaN: true, noDefaultInfinity: true }).filter((n) => !Object.is(n, -0)), fc.boolean(), fc.constant(null));
const name = fc.constantFrom('email', 'Status', 'toString', 'a b', 'concord_stage', 'x1', 'x2');
const at = fc.integer({ min: 0, max: NOW });
const text = fc.string({ minLength: 1, maxLength: 12 });
const actor = fc.record({ id: text, name: text, source: text }, { requiredKeys: [] });
const optional = <T>(of: fc.Arbitrary<T>) => fc.option(of, { nil: undefined });

/** Leaves out what is undefined, as a record that never had the member. */
function present<T extends object>(object: T): T {
  return Object.fromEntries(Object.entries(object).filter(([, member]) => member !== undefined)) as T;
}

const record: fc.Arbitrary<MirrorRecord> = fc
  .record({
    ref: fc.constantFrom<MirrorRecord['ref']>({ crm: 'hubspot', object: 'contact', id: '1' }, { crm: 'salesforce', object: 'lead', id: '00Q' }, { crm: 'salesforce', object: 'role', id: '00K' }),
    createdAt: at,
    modifiedAt: at,
    modifiedBy: optional(actor),
    gone: optional(fc.oneof(fc.constant({ how: 'deleted' as const }), fc.record({ how: fc.constant('merged' as const), into: text }))),
    fields: fc.dictionary(name, value),
    emails: fc.array(fc.oneof(text, fc.constant('a@example.com'))),
    aliases: fc.array(text),
    carries: fc.record({ hubspotContact: text, salesforceLead: text, salesforceContact: text }, { requiredKeys: [] }),
    owner: optional(fc.oneof(fc.constant(null), fc.record({ id: text, kind: fc.constantFrom('user' as const, 'queue' as const), name: text }, { requiredKeys: ['id', 'kind'] }))),
    accountId: optional(fc.oneof(fc.constant(null), text)),
    conversion: optional(fc.record({ contactId: fc.option(text), accountId: fc.option(text), opportunityId: fc.option(text), on: fc.option(text) })),
    opportunity: optional(fc.record({ name: text, accountId: fc.option(text), stageName: text, isClosed: fc.boolean(), isWon: fc.boolean(), amount: fc.option(fc.integer()), currency: fc.option(text), closeDate: fc.option(text), closedAt: at, type: fc.option(text) }, { requiredKeys: ['name', 'accountId', 'stageName', 'isClosed', 'isWon', 'amount', 'currency', 'closeDate', 'type'] })),
    role: optional(fc.record({ opportunityId: text, contactId: text, name: fc.option(text), isPrimary: fc.boolean() })),
    consent: fc.record({ emailOptOut: fc.boolean(), doNotCall: fc.boolean() }, { requiredKeys: [] }),
    personId: fc.option(text),
    since: fc.dictionary(name, fc.record({ at, own: fc.constant(true as const), first: fc.constant(true as const), by: actor }, { requiredKeys: ['at'] })),
    written: fc.dictionary(name, value),
    foreignChangeAt: at,
  })
  .map((given) => present({ ...given, emails: given.emails.map((mail) => (given.fields['email'] === undefined ? mail : String(given.fields['email']) || mail)) }) as unknown as MirrorRecord);

describe('the store’s short forms', () => {
  it('a value comes back as it went', () => {
    fc.assert(fc.property(value, (given) => expect(unpackValue(packValue(given))).toBe(given)));
    expect(packValue('2026-11-22T09:00:00.000Z')).toHaveLength(9);
    for (const odd of ['2026-02-30T09:00:00.000Z', '2026-11-22T24:00:00.000Z', '2026-11-22T09:00:00.00+Z']) expect(unpackValue(packValue(odd))).toBe(odd);
  });

  it('a record comes back member by member, and its identity without unpacking the rest', () => {
    fc.assert(
      fc.property(record, (given) => {
        const names = createNames();
        for (const field of new Set(namesIn(given))) names.add(names.size + 1, field);
        const row = encodeRecord(given, names);
        expect(decodeRecord(row, names)).toEqual(given);
        expect(keysOf(decodeIdentity(row))).toEqual(keysOf(given));
      }),
      { numRuns: 500 },
    );
  });

  it('an entry’s changes come back as they went', () => {
    const change = fc.record(
      { field: name, before: value, after: value, rule: text, because: fc.string(), contested: fc.constant(true as const), readBack: fc.constant(true as const), together: fc.constant(true as const), overwrites: fc.constant(true as const) },
      { requiredKeys: ['field', 'after', 'rule', 'because'] },
    ) as fc.Arbitrary<FieldChange>;
    fc.assert(
      fc.property(fc.array(fc.array(change)), (given) => {
        const names = createNames();
        for (const field of new Set(given.flat().map((each) => each.field))) names.add(names.size + 1, field);
        const body = unpackBody(packBody(given.map((changes) => encodeChanges(7, changes, names))));
        expect(body.map((element) => decodeChanges(element, names))).toEqual(given.map((changes) => ({ fence: 7, changes })));
      }),
    );
  });

  it('JSON comes back as it went, names that look short included', () => {
    const key = fc.constantFrom('stage', 'stageAt', '~0', '~', 'x', 'lead');
    const json = fc.letrec<{ any: unknown }>((tie) => ({ any: fc.oneof({ depthSize: 'small' }, fc.string(), fc.constantFrom('"stage":', '\\"stage":', '"~0":'), fc.integer(), fc.constant(null), fc.array(tie('any')), fc.dictionary(key, tie('any'))) })).any;
    fc.assert(fc.property(json, (given) => expect(fromShortJson(toShortJson(given))).toEqual(given)), { numRuns: 1000 });
    expect(toShortJson({ stageAt: 1 })).toBe('{"~2":1}');
    expect(toShortJson(null)).toBeNull();
  });
});
