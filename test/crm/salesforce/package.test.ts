import path from 'node:path';
import { ownFieldNeeds, salesNeeds } from '../../../src/run/needs';
import { components, type Component } from '../../../src/crm/salesforce/setup/components';
import { deployFiles, manifest, sourceFiles, zip } from '../../../src/crm/salesforce/setup/package';
import { asList, asObject, asText, parseXml, toValue, type XmlObject, type XmlValue } from '../../../src/sandbox/salesforce/soap/xml';
import { readZip } from '../../../src/sandbox/salesforce/soap/zip';
import { agreementOf } from '../../support/agreement';

const agreement = agreementOf();
const needs = ownFieldNeeds(agreement, 'salesforce');
const all = components(needs, salesNeeds(agreement));

const read = (content: string): XmlObject => asObject(toValue(parseXml(content)));
const members = (content: string): Record<string, string[]> => Object.fromEntries(asList(read(content)['types']).map(asObject).map((type) => [asText(type['name']), asList(type['members']).map(asText)]));

/** A component as XML says it: every scalar a text, a list of one as the one. */
function asXml(value: unknown): XmlValue {
  if (Array.isArray(value)) return value.length === 1 ? asXml(value[0]) : value.map(asXml);
  if (typeof value === 'object' && value !== null) return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, asXml(member)]));
  return String(value);
}

/** `type fullName` → body, read back from the files of a deploy's zip by the sandbox's reader. */
function deployed(files: ReadonlyMap<string, Buffer>): Map<string, XmlValue> {
  const out = new Map<string, XmlValue>();
  const tags: Record<string, string> = { fields: 'CustomField', validationRules: 'ValidationRule', listViews: 'ListView' };
  for (const [file, content] of files) {
    if (file === 'package.xml') continue;
    const root = parseXml(content.toString('utf8'));
    const name = path.basename(file).replace(/\.[^.]+$/, '');
    if (root.name !== 'CustomObject') out.set(`${root.name} ${name}`, toValue(root));
    else for (const child of root.children) out.set(`${tags[child.name] ?? child.name} ${name}.${asText(asObject(toValue(child))['fullName'])}`, toValue(child));
  }
  return out;
}

describe('the package', () => {
  const files = deployFiles({ components: all }, '67.0');

  test('holds the types that Concord makes and never a layout, a status list or an object of its own', () => {
    expect(Object.keys(members(files[0]?.content ?? ''))).toEqual(['CustomField', 'CustomPermission', 'GlobalValueSet', 'LeadConvertSettings', 'ListView', 'PathAssistant', 'PermissionSet', 'QuickAction', 'ValidationRule']);
    expect(members(files[0]?.content ?? '')['CustomField']).toHaveLength(needs.length);
    expect(read(files[0]?.content ?? '')['version']).toBe('67.0');
  });

  test('a zip of it is read back whole, and its sums are right', () => {
    const archive = zip(files);

    expect([...readZip(archive)].map(([name, content]) => [name, content.toString('utf8')])).toEqual(files.map(({ path: name, content }) => [name, content]));
    // The sum of the first file as a reader that checks it computes it, bit by bit.
    const [first] = files;
    let sum = 0xffffffff;
    for (const byte of Buffer.from(first?.content ?? '', 'utf8')) {
      sum ^= byte;
      for (let bit = 0; bit < 8; bit += 1) sum = sum & 1 ? (sum >>> 1) ^ 0xedb88320 : sum >>> 1;
    }
    expect(archive.readUInt32LE(14)).toBe((sum ^ 0xffffffff) >>> 0);
  });

  test('the same files are the same bytes whenever they are packed: the date is the first of the format', () => {
    const archive = zip([{ path: 'a/año.txt', content: 'ñ' }]);
    expect([archive.readUInt16LE(10), archive.readUInt16LE(12)]).toEqual([0, (1 << 5) | 1]);
    expect([...readZip(archive)].map(([name, content]) => [name, content.toString('utf8')])).toEqual([['a/año.txt', 'ñ']]);
  });

  test('source files and deploy say the same of every component', () => {
    const sent = deployed(readZip(zip(files)));
    const exported = new Map(sourceFiles(all).map(({ path: file, content }) => {
      const root = parseXml(content);
      const [, object] = /objects\/(\w+)\//.exec(file) ?? [];
      const name = path.basename(file).replace(/\.\w+-meta\.xml$/, '');
      return [`${root.name} ${object === undefined ? name : `${object}.${name}`}`, toValue(root)];
    }));

    expect(sent.size).toBe(all.length);
    expect(exported).toEqual(sent);
    for (const { type, body } of all) {
      const { fullName, ...rest } = body;
      const name = fullName.slice(fullName.indexOf('.') + 1);
      const isChild = ['CustomField', 'ValidationRule', 'ListView'].includes(type);
      expect(sent.get(`${type} ${fullName}`)).toEqual(asXml(isChild ? { ...rest, fullName: name } : rest));
    }
  });

  test('texts stand as themselves whatever signs they hold', () => {
    const odd: Component = { type: 'CustomPermission', body: { fullName: 'X', label: 'a < b && "c" > \'d\' ñ' } };

    expect(asObject(deployed(readZip(zip(deployFiles({ components: [odd] }, '67.0')))).get('CustomPermission X')).label).toBe('a < b && "c" > \'d\' ñ');
  });

  test('deletions stand in a file of their own beside an empty package', () => {
    const [empty, gone] = deployFiles({ components: [], deletions: [{ type: 'CustomField', fullName: 'Lead.B__c' }, { type: 'CustomField', fullName: 'Lead.A__c' }] }, '67.0');

    expect(members(empty?.content ?? '')).toEqual({});
    expect(gone?.path).toBe('destructiveChanges.xml');
    expect(members(gone?.content ?? '')).toEqual({ CustomField: ['Lead.A__c', 'Lead.B__c'] });
    expect(read(manifest([]))).not.toHaveProperty('version');
  });

  test('a value that XML cannot say is a fault of this code', () => {
    expect(() => deployFiles({ components: [{ type: 'CustomPermission', body: { fullName: 'X', label: Symbol('x') } }] }, '67.0')).toThrow('label');
  });
});

describe.each(['en', 'es', 'pt-BR'] as const)('the texts of sales in %s', (language) => {
  test('fit where they go', async () => {
    const { SALES_TEXTS } = await import('../../../src/agreement/salesTexts');
    const texts = SALES_TEXTS[language];

    for (const label of [texts.awaiting, texts.withoutReason, texts.breached, texts.reject]) expect(label.length).toBeLessThan(40);
    expect(texts.reasonRequired.length).toBeLessThanOrEqual(255);
    expect(new Set(Object.values(texts)).size).toBe(Object.keys(texts).length);
  });
});
