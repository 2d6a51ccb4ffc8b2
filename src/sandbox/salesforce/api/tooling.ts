import { notFound, SalesforceError } from '../errors';
import { applyComponent, exists } from '../metadata/components';
import { readStored } from '../metadata/store';
import type { XmlObject, XmlValue } from '../soap/xml';
import { isObject, jsonBody, type Answer, type Call, type Services } from './call';

/** `/tooling/sobjects/CustomField`: the JSON twin of a metadata create, all that the sandbox has of the Tooling API. */
export function tooling({ org }: Services, call: Call): Answer {
  const [, kind, type] = call.path;
  if (kind !== 'sobjects' || type !== 'CustomField' || call.method !== 'POST' || call.path.length > 3) throw notFound();
  if (!org.access.may(call.userId, 'ModifyMetadata')) throw new SalesforceError('INSUFFICIENT_ACCESS_OR_READONLY', 'The Modify Metadata permission is needed', { status: 403 });
  const { FullName: fullName, Metadata: metadata } = jsonBody(call);
  if (typeof fullName !== 'string' || !isObject(metadata)) throw new SalesforceError('REQUIRED_FIELD_MISSING', 'Required fields are missing: [FullName, Metadata]', { fields: ['FullName', 'Metadata'] });
  if (exists(org, type, fullName)) throw new SalesforceError('DUPLICATE_DEVELOPER_NAME', `There is already a field named ${fullName}.`);
  org.atomic(() => applyComponent(org, type, fullName, asXml(metadata) as XmlObject));
  return { status: 201, body: { id: readStored(org, type, fullName)?.id ?? '', success: true, errors: [], warnings: [], infos: [] } };
}

/** JSON in the words of XML, where every scalar is text. */
function asXml(value: unknown): XmlValue {
  if (Array.isArray(value)) return value.map(asXml);
  if (isObject(value)) return Object.fromEntries(Object.entries(value).filter(([, v]) => v !== null && v !== undefined).map(([k, v]) => [k, asXml(v)]));
  return String(value);
}
