import type { SalesforceError } from '../errors';
import { parseXml, toValue, asObject, asText, element, escapeXml, type XmlNode, type XmlValue } from './xml';

/** A SOAP call: its operation with the arguments, and the session that the header carries. */
export interface SoapCall {
  operation: string;
  node: XmlNode;
  arguments: { [member: string]: XmlValue };
  sessionId: string;
}

export type SoapNamespace = 'urn:partner.soap.sforce.com' | 'http://soap.sforce.com/2006/04/metadata';

export function readEnvelope(body: string): SoapCall {
  const envelope = parseXml(body);
  const header = envelope.children.find((c) => c.name === 'Header');
  const operation = envelope.children.find((c) => c.name === 'Body')?.children[0];
  if (!operation) throw new Error('no operation in the SOAP body');
  const session = header === undefined ? {} : asObject(asObject(toValue(header)).SessionHeader);
  return { operation: operation.name, node: operation, arguments: asObject(toValue(operation)), sessionId: asText(session.sessionId) };
}

function envelope(namespace: SoapNamespace, body: string): string {
  return `<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" xmlns:sf="${namespace}" xmlns="${namespace}" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><soapenv:Body>${body}</soapenv:Body></soapenv:Envelope>`;
}

/** An answer with ready `<result>` elements. */
export function writeResult(namespace: SoapNamespace, operation: string, results: string): string {
  return envelope(namespace, `<${operation}Response>${results}</${operation}Response>`);
}

export function writeFault(namespace: SoapNamespace, code: string, message: string): string {
  return envelope(namespace, `<soapenv:Fault><faultcode>sf:${code}</faultcode><faultstring>${escapeXml(`${code}: ${message}`)}</faultstring></soapenv:Fault>`);
}

/** The `errors` member of a result row. */
export function errorMember(error: SalesforceError): string {
  return element('errors', { fields: error.fields, message: error.message, statusCode: error.code });
}
