import { SalesforceError } from '../errors';
import { applyComponent, exists, isMetadataType, listComponents, METADATA_TYPES, readComponent, removeComponent } from '../metadata/components';
import type { Org } from '../org';
import { renderDateTime } from '../values';
import type { Deploys } from './deploy';
import { errorMember, writeResult, type SoapCall } from './envelope';
import { asList, asObject, asText, element, isTrue, toValue, type XmlNode } from './xml';

const NAMESPACE = 'http://soap.sforce.com/2006/04/metadata';
const MAX_PER_CALL = 10;

/** The metadata SOAP calls. Throws what becomes a fault; a refused component is a row of the result. */
export function metadataCall(org: Org, deploys: Deploys, userId: string, call: SoapCall): string {
  if (!org.access.may(userId, 'ModifyMetadata')) {
    throw new SalesforceError('INSUFFICIENT_ACCESS', 'use of the Metadata API requires a user with the ModifyAllData or ModifyMetadata permissions');
  }
  return writeResult(NAMESPACE, call.operation, run(org, deploys, userId, call));
}

function run(org: Org, deploys: Deploys, userId: string, call: SoapCall): string {
  const args = call.arguments;
  switch (call.operation) {
    case 'createMetadata':
    case 'updateMetadata':
    case 'upsertMetadata':
      return write(org, call.operation, call.node.children.filter((c) => c.name === 'metadata'));
    case 'readMetadata': {
      const type = knownType(asText(args.type));
      const names = limited(asList(args.fullNames)).map(asText);
      return `<result>${names.map((name) => read(org, type, name)).join('')}</result>`;
    }
    case 'deleteMetadata': {
      const type = knownType(asText(args.type));
      return limited(asList(args.fullNames)).map(asText).map((name) => row(org, name, () => void removeComponent(org, type, name))).join('');
    }
    case 'listMetadata': {
      const queries = asList(args.queries).map(asObject);
      if (queries.length > 3) throw new SalesforceError('LIMIT_EXCEEDED', 'a listMetadata call takes at most 3 queries');
      return queries.map((q) => list(org, userId, knownType(asText(q.type)))).join('');
    }
    case 'describeMetadata':
      return element('result', {
        metadataObjects: METADATA_TYPES.filter((t) => t.childOf === undefined).map((t) => ({
          ...(t.name === 'CustomObject' ? { childXmlNames: METADATA_TYPES.filter((c) => c.childOf === t.name).map((c) => c.name) } : {}),
          directoryName: t.folder,
          inFolder: false,
          metaFile: false,
          suffix: t.suffix,
          xmlName: t.name,
        })),
        organizationNamespace: '',
        partialSaveAllowed: true,
        testRequired: false,
      });
    case 'deploy': {
      const options = asObject(args.DeployOptions ?? args.deployOptions);
      const zip = Buffer.from(asText(args.ZipFile ?? args.zipFile), 'base64');
      const id = deploys.start(userId, zip, { checkOnly: isTrue(options.checkOnly), rollbackOnError: asText(options.rollbackOnError) !== 'false' });
      return element('result', { done: false, id, state: 'Queued' });
    }
    case 'checkDeployStatus':
      return element('result', deploys.check(asText(args.asyncProcessId), isTrue(args.includeDetails)));
    default:
      throw new SalesforceError('INVALID_OPERATION', `operation not supported by the sandbox: ${call.operation}`);
  }
}

function knownType(type: string): string {
  if (!isMetadataType(type)) throw new SalesforceError('INVALID_TYPE', `This type of metadata is not available for this organization: ${type}`);
  return type;
}

function limited<T>(entries: T[]): T[] {
  if (entries.length > MAX_PER_CALL) throw new SalesforceError('LIMIT_EXCEEDED', `The maximum number of records for this call is ${MAX_PER_CALL}`);
  return entries;
}

function write(org: Org, operation: string, nodes: XmlNode[]): string {
  return limited(nodes)
    .map((node) => {
      const type = knownType((node.attributes['xsi:type'] ?? '').replace(/^.*:/, ''));
      const body = asObject(toValue(node));
      const fullName = asText(body.fullName);
      return row(org, fullName, () => {
        if (fullName === '') throw new SalesforceError('REQUIRED_FIELD_MISSING', 'fullName is required', { fields: ['fullName'] });
        const had = exists(org, type, fullName);
        if (operation === 'createMetadata' && had) throw new SalesforceError('DUPLICATE_DEVELOPER_NAME', `There is already a ${type} named ${fullName}.`);
        if (operation === 'updateMetadata' && !had) throw new SalesforceError('INVALID_CROSS_REFERENCE_KEY', `In field: fullName - no ${type} named ${fullName} found`);
        applyComponent(org, type, fullName, body);
        return operation === 'upsertMetadata' ? { created: !had } : {};
      });
    })
    .join('');
}

/** One result row: the component is wholly applied or not at all. */
function row(org: Org, fullName: string, work: () => Record<string, unknown> | void): string {
  try {
    const extra = org.atomic(work) ?? {};
    return element('result', { ...extra, fullName, success: true });
  } catch (error) {
    if (!(error instanceof SalesforceError)) throw error;
    return `<result>${errorMember(error)}${element('fullName', fullName)}<success>false</success></result>`;
  }
}

function read(org: Org, type: string, fullName: string): string {
  const body = readComponent(org, type, fullName);
  return body === undefined ? '<records xsi:nil="true"/>' : element('records', { fullName, ...body }, type);
}

function list(org: Org, userId: string, type: string): string {
  const known = METADATA_TYPES.find((t) => t.name === type);
  const name = (org.storage.get('User', userId)?.Name as string | undefined) ?? '';
  return element(
    'result',
    listComponents(org, type).map((c) => ({
      createdById: userId,
      createdByName: name,
      createdDate: renderDateTime(c.created).replace('+0000', 'Z'),
      fileName: known?.childOf === undefined ? `${known?.folder ?? ''}/${c.fullName}.${known?.suffix ?? ''}` : `objects/${c.fullName.split('.')[0] ?? ''}.object`,
      fullName: c.fullName,
      id: c.id,
      lastModifiedById: userId,
      lastModifiedByName: name,
      lastModifiedDate: renderDateTime(c.modified).replace('+0000', 'Z'),
      manageableState: 'unmanaged',
      type,
    })),
  );
}
