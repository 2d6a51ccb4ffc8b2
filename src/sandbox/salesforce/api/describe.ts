import type { Shape } from '../catalog';
import { notFound } from '../errors';
import type { Field } from '../objects/define';
import type { Org } from '../org';

/** The id that stands for "no record type". */
const MASTER = '012000000000000AAA';

/** Describe results, as the user sees the org: a hidden field is absent, a read-only one is not updateable. */

function summary(org: Org, userId: string, shape: Shape, version: string): Record<string, unknown> {
  const edits = org.access.editsObject(userId, shape.name);
  const url = `/services/data/v${version}/sobjects/${shape.name}`;
  return {
    activateable: false,
    associateEntityType: null,
    associateParentEntity: null,
    createable: shape.createable && edits,
    custom: shape.name.endsWith('__c'),
    customSetting: false,
    deepCloneable: false,
    deletable: shape.deletable,
    deprecatedAndHidden: false,
    feedEnabled: shape.history !== null,
    hasSubtypes: false,
    isInterface: false,
    isSubtype: false,
    keyPrefix: shape.prefix,
    label: shape.label,
    labelPlural: shape.plural,
    layoutable: shape.createable,
    mergeable: shape.mergeable,
    mruEnabled: shape.createable,
    name: shape.name,
    queryable: true,
    replicateable: true,
    retrieveable: true,
    searchable: shape.createable,
    triggerable: shape.createable,
    undeletable: shape.deletable,
    updateable: shape.updateable && edits,
    urls: { sobject: url, describe: `${url}/describe`, rowTemplate: `${url}/{ID}` },
  };
}

export function describeGlobal(org: Org, userId: string, version: string): Record<string, unknown> {
  const shapes = org.catalog.all().filter((s) => org.access.seesObject(userId, s.name));
  return { encoding: 'UTF-8', maxBatchSize: 200, sobjects: shapes.map((s) => summary(org, userId, s, version)) };
}

export function basicInfo(org: Org, userId: string, shape: Shape, version: string): Record<string, unknown> {
  return { objectDescribe: summary(org, userId, shape, version), recentItems: [] };
}

export function describe(org: Org, userId: string, shape: Shape, version: string): Record<string, unknown> {
  return {
    ...summary(org, userId, shape, version),
    actionOverrides: [],
    childRelationships: shape.children.map((c) => ({
      cascadeDelete: true,
      childSObject: c.child,
      deprecatedAndHidden: false,
      field: c.field,
      junctionIdListNames: [],
      junctionReferenceTo: [],
      relationshipName: c.name,
      restrictedDelete: false,
    })),
    compactLayoutable: true,
    fields: org.access.visibleFields(userId, shape).map((f) => describeField(org, userId, shape, f)),
    listviewable: null,
    lookupLayoutable: null,
    namedLayoutInfos: [],
    networkScopeFieldName: null,
    recordTypeInfos: recordTypeInfos(org, shape, version),
    searchLayoutable: true,
    sobjectDescribeOption: 'FULL',
    supportedScopes: [
      { label: `All ${shape.plural.toLowerCase()}`, name: 'everything' },
      { label: `My ${shape.plural.toLowerCase()}`, name: 'mine' },
    ],
  };
}

/**
 * `/sobjects/X/describe/layouts`: the one layout of the sandbox, with the standard name and the fields that somebody put on it
 * (https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/resources_sobject_layouts.htm). Hidden fields are left out.
 */
export function describeLayouts(org: Org, userId: string, shape: Shape): Record<string, unknown> {
  const shown = ['Name', ...(org.settings.get<Record<string, string[]>>('layoutFields', {})[shape.name] ?? [])];
  const visible = org.access.visibleFields(userId, shape).filter((f) => shown.includes(f.name));
  const items = visible.map((f) => ({ editableForNew: true, editableForUpdate: true, label: f.label, layoutComponents: [{ displayLines: 1, tabOrder: 1, type: 'Field', value: f.name }], placeholder: false, required: f.required }));
  const section = { columns: 1, heading: shape.label, layoutRows: items.map((item) => ({ layoutItems: [item], numItems: 1 })), rows: items.length, useHeading: true };
  return { layouts: [{ buttonLayoutSection: null, detailLayoutSections: [section], editLayoutSections: [section], id: '00h000000000000AAA', relatedLists: [] }], recordTypeMappings: [], recordTypeSelectorRequired: [false] };
}

function recordTypeInfos(org: Org, shape: Shape, version: string): Record<string, unknown>[] {
  const url = (id: string): Record<string, string> => ({ layout: `/services/data/v${version}/sobjects/${shape.name}/describe/layouts/${id}` });
  const types = org.catalog.recordTypes(shape.name);
  return [
    ...types.map((t, i) => ({ active: true, available: true, defaultRecordTypeMapping: i === 0, developerName: t.developerName, master: false, name: t.name, recordTypeId: t.id, urls: url(t.id) })),
    { active: true, available: true, defaultRecordTypeMapping: types.length === 0, developerName: 'Master', master: true, name: 'Master', recordTypeId: MASTER, urls: url(MASTER) },
  ];
}

/** `GET /ui-api/object-info/{object}/picklist-values/{recordTypeId}`: what a record type offers of every pick-list field. */
export function recordTypeValues(org: Org, userId: string, shape: Shape, recordTypeId: string): Record<string, unknown> {
  const type = org.catalog.recordTypes(shape.name).find((one) => one.id === recordTypeId);
  if (type === undefined && recordTypeId !== MASTER) throw notFound(`The requested resource does not exist`);
  const pickLists = org.access.visibleFields(userId, shape).filter((f) => f.type === 'picklist' || f.type === 'multipicklist');
  const valuesOf = (f: Field): Record<string, unknown> => {
    const offered = type?.picklists[f.name];
    const shown = org.catalog.picklist(shape.name, f).filter((v) => v.active && (offered === undefined || offered.includes(v.value)));
    return { controllerValues: {}, defaultValue: null, values: shown.map((v) => ({ attributes: null, label: v.label, validFor: [], value: v.value })) };
  };
  return { picklistFieldValues: Object.fromEntries(pickLists.map((f) => [f.name, valuesOf(f)])) };
}

function describeField(org: Org, userId: string, shape: Shape, f: Field): Record<string, unknown> {
  const editable = org.access.editable(userId, shape, f);
  const pick = f.type === 'picklist' || f.type === 'multipicklist';
  const numeric = ['double', 'currency', 'percent'].includes(f.type);
  return {
    aggregatable: f.type !== 'boolean' && f.filterable,
    aiPredictionField: false,
    autoNumber: false,
    byteLength: f.length * 3,
    calculated: false,
    calculatedFormula: null,
    cascadeDelete: false,
    caseSensitive: f.caseSensitive,
    compoundFieldName: null,
    controllerName: f.controller,
    createable: f.createable && editable,
    custom: f.custom,
    defaultValue: f.type === 'boolean' ? f.defaultValue === true : f.defaultValue,
    defaultValueFormula: null,
    defaultedOnCreate: f.defaultValue !== null || f.name === 'OwnerId' || f.name === 'Status',
    dependentPicklist: f.controller !== null,
    deprecatedAndHidden: false,
    digits: f.type === 'int' ? f.precision : 0,
    displayLocationInDecimal: false,
    encrypted: false,
    externalId: f.externalId,
    extraTypeInfo: f.type === 'textarea' ? 'plaintextarea' : null,
    filterable: f.filterable,
    filteredLookupInfo: null,
    formulaTreatNullNumberAsZero: false,
    groupable: f.filterable && !numeric && f.type !== 'datetime',
    highScaleNumber: false,
    htmlFormatted: false,
    idLookup: f.idLookup || f.externalId,
    inlineHelpText: null,
    label: f.label,
    length: f.type === 'id' || f.type === 'reference' ? 18 : f.length,
    mask: null,
    maskType: null,
    name: f.name,
    nameField: f.name === 'Name',
    namePointing: f.referenceTo.length > 1,
    nillable: !org.catalog.isRequired(shape, f) && f.type !== 'boolean' && f.type !== 'id' && f.name !== 'OwnerId' && f.name !== 'Status',
    permissionable: f.permissionable,
    picklistValues: pick ? org.catalog.picklist(shape.name, f).map((v) => ({ active: v.active, defaultValue: v.default, label: v.label, validFor: null, value: v.value })) : [],
    polymorphicForeignKey: f.referenceTo.length > 1,
    precision: numeric ? f.precision : 0,
    queryByDistance: false,
    referenceTargetField: null,
    referenceTo: f.referenceTo.filter((n) => org.catalog.shape(n) !== undefined || n === 'Individual'),
    relationshipName: f.relationshipName,
    relationshipOrder: null,
    restrictedDelete: false,
    restrictedPicklist: f.restricted,
    scale: numeric ? f.scale : 0,
    searchPrefilterable: false,
    soapType: soapType(f),
    sortable: !(f.type === 'textarea' && f.length > 255),
    type: f.type,
    unique: f.unique,
    updateable: f.updateable && editable,
    writeRequiresMasterRead: false,
  };
}

function soapType(f: Field): string {
  switch (f.type) {
    case 'id':
    case 'reference':
      return 'tns:ID';
    case 'boolean':
      return 'xsd:boolean';
    case 'int':
      return 'xsd:int';
    case 'double':
    case 'currency':
    case 'percent':
      return 'xsd:double';
    case 'date':
      return 'xsd:date';
    case 'datetime':
      return 'xsd:dateTime';
    case 'time':
      return 'xsd:time';
    case 'anyType':
      return 'xsd:anyType';
    default:
      return 'xsd:string';
  }
}
