import { strToU8, zipSync } from 'fflate';
import type { ProjectFile } from '../../port';
import type { Component, ComponentType } from './components';
import type { Metadata } from './shapes';

/*
 * Components as files: the zip of a deploy (metadata format) and a source folder of the Salesforce CLI (source format), from the same bodies.
 * Folders and suffixes: the registry of https://github.com/forcedotcom/source-deploy-retrieve (src/registry/metadataRegistry.json).
 */

const NAMESPACE = 'http://soap.sforce.com/2006/04/metadata';

/** Where a type lives. Children of an object stand in its file in a zip and in files of their own in a source folder. */
type Place = { folder: string; suffix: string } | { folder: string; suffix: string; tag: string };

const PLACES: Readonly<Record<ComponentType, Place>> = {
  GlobalValueSet: { folder: 'globalValueSets', suffix: 'globalValueSet' },
  CustomField: { folder: 'fields', suffix: 'field', tag: 'fields' },
  CustomPermission: { folder: 'customPermissions', suffix: 'customPermission' },
  ValidationRule: { folder: 'validationRules', suffix: 'validationRule', tag: 'validationRules' },
  ListView: { folder: 'listViews', suffix: 'listView', tag: 'listViews' },
  QuickAction: { folder: 'quickActions', suffix: 'quickAction' },
  PathAssistant: { folder: 'pathAssistants', suffix: 'pathAssistant' },
  LeadConvertSettings: { folder: 'LeadConvertSettings', suffix: 'LeadConvertSetting' },
  PermissionSet: { folder: 'permissionsets', suffix: 'permissionset' },
};

/** What a deploy names: components to make or change, and full names to delete. */
export interface Package {
  components: readonly Component[];
  /** Full names by type. */
  deletions?: readonly { type: ComponentType; fullName: string }[];
}

/** The files of a deploy's zip, with package.xml at its root. */
export function deployFiles({ components, deletions = [] }: Package, version: string): ProjectFile[] {
  const children = new Map<string, { tag: string; body: Metadata }[]>();
  const files: ProjectFile[] = [{ path: 'package.xml', content: manifest(components.map(({ type, body }) => ({ type, fullName: body.fullName })), version) }];
  for (const { type, body } of components) {
    const place = PLACES[type];
    if (!('tag' in place)) {
      files.push({ path: `${place.folder}/${body.fullName}.${place.suffix}`, content: document(type, without(body)) });
      continue;
    }
    const [object, name] = halves(body.fullName);
    children.set(object, [...(children.get(object) ?? []), { tag: place.tag, body: { ...body, fullName: name } }]);
  }
  for (const [object, some] of children) files.push({ path: `objects/${object}.object`, content: document('CustomObject', grouped(some)) });
  if (deletions.length > 0) files.push({ path: 'destructiveChanges.xml', content: manifest(deletions) });
  return files;
}

function grouped(some: readonly { tag: string; body: Metadata }[]): Record<string, Metadata[]> {
  const out: Record<string, Metadata[]> = {};
  for (const { tag, body } of some) (out[tag] ??= []).push(body);
  return out;
}

/** The files of a source folder, from its package directory on (`main/default/objects/Lead/fields/….field-meta.xml`). */
export function sourceFiles(components: readonly Component[]): ProjectFile[] {
  return components.map(({ type, body }) => {
    const place = PLACES[type];
    if (!('tag' in place)) return { path: `main/default/${place.folder}/${body.fullName}.${place.suffix}-meta.xml`, content: document(type, without(body)) };
    const [object, name] = halves(body.fullName);
    return { path: `main/default/objects/${object}/${place.folder}/${name}.${place.suffix}-meta.xml`, content: document(type, { ...body, fullName: name }) };
  });
}

/** package.xml, or a file of deletions when it carries no version. */
export function manifest(members: readonly { type: ComponentType; fullName: string }[], version?: string): string {
  const types = [...new Set(members.map(({ type }) => type))].sort();
  return document('Package', {
    types: types.map((name) => ({ members: members.filter(({ type }) => type === name).map(({ fullName }) => fullName).sort(), name })),
    ...(version === undefined ? {} : { version }),
  });
}

function halves(fullName: string): [object: string, name: string] {
  const dot = fullName.indexOf('.');
  return [fullName.slice(0, dot), fullName.slice(dot + 1)];
}

/** A file's name tells its full name. */
function without({ fullName: _name, ...body }: Metadata): Record<string, unknown> {
  return body;
}

function document(root: string, body: Record<string, unknown>): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n<${root} xmlns="${NAMESPACE}">\n${members(body, 1)}</${root}>\n`;
}

function members(body: Record<string, unknown>, depth: number): string {
  return Object.entries(body).map(([name, value]) => element(name, value, depth)).join('');
}

function element(name: string, value: unknown, depth: number): string {
  if (value === undefined || value === null) return '';
  if (Array.isArray(value)) return value.map((one) => element(name, one, depth)).join('');
  const indent = '    '.repeat(depth);
  if (typeof value === 'object') return `${indent}<${name}>\n${members(value as Record<string, unknown>, depth + 1)}${indent}</${name}>\n`;
  if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') throw new Error(`metadata: ${name} is no text, number or boolean`);
  return `${indent}<${name}>${escaped(String(value))}</${name}>\n`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** Equal files give equal bytes: every date is the format's first day (1980-01-01), in whatever time zone. */
const NO_DATE = new Date(1980, 0, 1);

/** Files as a zip archive: deflated, with UTF-8 names. */
export function zip(files: readonly ProjectFile[]): Buffer {
  return Buffer.from(zipSync(Object.fromEntries(files.map(({ path, content }) => [path, strToU8(content)])), { mtime: NO_DATE }));
}
