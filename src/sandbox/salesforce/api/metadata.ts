import { notFound, SalesforceError } from '../errors';
import { isObject, type Answer, type Call, type Services } from './call';

/** `/metadata/deployRequest`: the deploy call over REST, a multipart form with the zip and its options. */
export function deployRequest({ org, deploys }: Services, call: Call): Answer {
  if (!org.access.may(call.userId, 'ModifyMetadata')) throw new SalesforceError('INSUFFICIENT_ACCESS', 'The Metadata API needs the Modify Metadata permission', { status: 403 });
  const id = call.path[2];
  if (id !== undefined && call.method === 'GET') {
    const deployResult = deploys.check(id, call.query.get('includeDetails') === 'true');
    return { status: 200, body: { id, validatedDeployRequestId: null, deployResult, deployOptions: null } };
  }
  if (id !== undefined || call.method !== 'POST') throw notFound();
  const boundary = /boundary="?([^";]+)"?/.exec(call.header('content-type') ?? '')?.[1];
  if (boundary === undefined) throw new SalesforceError('INVALID_CONTENT_TYPE', 'multipart/form-data is expected', { status: 415 });
  const parts = readMultipart(call.body, boundary);
  const zip = parts.get('file');
  if (zip === undefined) throw new SalesforceError('INVALID_INPUT', 'file is missing');
  const content: unknown = JSON.parse((parts.get('entity_content') ?? parts.get('json') ?? Buffer.from('{}')).toString('utf8'));
  const options = isObject(content) && isObject(content.deployOptions) ? content.deployOptions : {};
  const started = deploys.start(call.userId, zip, { checkOnly: options.checkOnly === true, rollbackOnError: options.rollbackOnError !== false });
  return { status: 201, body: { id: started, validatedDeployRequestId: null, deployOptions: options, deployResult: { id: started, done: false, success: false, status: 'Pending' } } };
}

function readMultipart(body: Buffer, boundary: string): Map<string, Buffer> {
  const parts = new Map<string, Buffer>();
  const mark = Buffer.from(`--${boundary}`);
  for (let at = body.indexOf(mark); at >= 0; ) {
    const next = body.indexOf(mark, at + mark.length);
    if (next < 0) break;
    const part = body.subarray(at + mark.length + 2, next - 2);
    const end = part.indexOf('\r\n\r\n');
    const name = /name="([^"]+)"/.exec(part.toString('latin1', 0, end))?.[1];
    if (end >= 0 && name !== undefined) parts.set(name, part.subarray(end + 4));
    at = next;
  }
  return parts;
}
