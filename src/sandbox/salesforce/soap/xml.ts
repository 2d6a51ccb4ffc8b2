/** As much XML as SOAP envelopes and metadata files need: elements, attributes, text, CDATA, comments. No DTD, no entities but the five and numbers. */
export interface XmlNode {
  /** Local name: a prefix is dropped. */
  name: string;
  attributes: Record<string, string>;
  children: XmlNode[];
  text: string;
}

/** An element as a value: text, null for `xsi:nil`, or an object whose repeated members are lists. */
export type XmlValue = string | null | XmlObject | XmlValue[];
export interface XmlObject {
  [member: string]: XmlValue;
}

const NAMED: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

function decode(text: string): string {
  return text.replace(/&(#x[0-9a-fA-F]+|#\d+|\w+);/g, (whole, entity: string) => {
    if (entity.startsWith('#x')) return String.fromCodePoint(parseInt(entity.slice(2), 16));
    if (entity.startsWith('#')) return String.fromCodePoint(Number(entity.slice(1)));
    return NAMED[entity] ?? whole;
  });
}

const local = (name: string): string => name.slice(name.indexOf(':') + 1);

/** The root element. Throws an Error for what is not well-formed. */
export function parseXml(source: string): XmlNode {
  const root: XmlNode = { name: '', attributes: {}, children: [], text: '' };
  const stack: XmlNode[] = [root];
  const piece = /<!\[CDATA\[([\s\S]*?)\]\]>|<!--[\s\S]*?-->|<\?[\s\S]*?\?>|<\/([^\s>]+)\s*>|<([^\s/>!]+)((?:\s+[^\s=>/]+\s*=\s*(?:"[^"]*"|'[^']*'))*)\s*(\/?)>|([^<]+)/y;
  let at = 0;
  while (at < source.length) {
    piece.lastIndex = at;
    const match = piece.exec(source);
    if (!match) throw new Error(`not well-formed XML at character ${at}`);
    at = piece.lastIndex;
    const top = stack[stack.length - 1] as XmlNode;
    const [, cdata, closing, opening, attributes, empty, text] = match;
    if (cdata !== undefined) top.text += cdata;
    else if (text !== undefined) top.text += decode(text);
    else if (closing !== undefined) {
      if (stack.length < 2 || top.name !== local(closing)) throw new Error(`unexpected </${closing}>`);
      stack.pop();
    } else if (opening !== undefined) {
      const node: XmlNode = { name: local(opening), attributes: {}, children: [], text: '' };
      for (const [, name, double, single] of (attributes ?? '').matchAll(/([^\s=]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g)) node.attributes[name as string] = decode(double ?? single ?? '');
      top.children.push(node);
      if (empty !== '/') stack.push(node);
    }
  }
  if (stack.length !== 1) throw new Error(`missing </${(stack[stack.length - 1] as XmlNode).name}>`);
  const first = root.children[0];
  if (!first) throw new Error('no element');
  return first;
}

export function toValue(node: XmlNode): XmlValue {
  if (node.attributes['xsi:nil'] === 'true') return null;
  if (node.children.length === 0) return node.text.trim() === '' ? '' : node.text;
  const out: XmlObject = {};
  for (const child of node.children) {
    const value = toValue(child);
    const had = out[child.name];
    if (had === undefined) out[child.name] = value;
    else if (Array.isArray(had)) had.push(value);
    else out[child.name] = [had, value];
  }
  return out;
}

/** A value as an object: an element without children counts as an empty one. */
export function asObject(value: XmlValue | undefined): XmlObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {};
}

/** A member that may occur any number of times, as a list. */
export function asList(value: XmlValue | undefined): XmlValue[] {
  if (value === undefined || value === null || value === '') return [];
  return Array.isArray(value) ? value : [value];
}

export function asText(value: XmlValue | undefined): string {
  return typeof value === 'string' ? value.trim() : '';
}

export function isTrue(value: XmlValue | undefined): boolean {
  return asText(value) === 'true';
}

export function escapeXml(text: string): string {
  return text.replace(/[&<>"']/g, (c) => `&${c === '&' ? 'amp' : c === '<' ? 'lt' : c === '>' ? 'gt' : c === '"' ? 'quot' : 'apos'};`);
}

/** Writes a value as elements of one name. Undefined members are left out, null becomes `xsi:nil`. */
export function element(name: string, value: unknown, type?: string): string {
  if (value === undefined) return '';
  if (Array.isArray(value)) return value.map((v) => element(name, v, type)).join('');
  const attribute = type === undefined ? '' : ` xsi:type="${type}"`;
  if (value === null) return `<${name} xsi:nil="true"/>`;
  if (typeof value === 'object') {
    const inner = Object.entries(value as Record<string, unknown>).map(([k, v]) => element(k, v)).join('');
    return `<${name}${attribute}>${inner}</${name}>`;
  }
  return `<${name}${attribute}>${escapeXml(String(value))}</${name}>`;
}
