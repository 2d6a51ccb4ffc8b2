import type { FieldNeed, SalesNeeds } from '../../port';
import { customField, fullName, globalValueSet, permissionSet, type Metadata, type Option } from './shapes';
import { sharedSets } from './valueSets';
import { BYPASS, salesComponents } from './tools';

/** A piece of the org's metadata: what one entry of a package manifest names. Its body is what the Metadata API, a deploy zip and a source file all say. */
export interface Component {
  type: ComponentType;
  body: Metadata;
}

export type ComponentType = 'GlobalValueSet' | 'CustomField' | 'CustomPermission' | 'ValidationRule' | 'ListView' | 'QuickAction' | 'PathAssistant' | 'LeadConvertSettings' | 'PermissionSet';

/**
 * Everything that the needs ask of an org that has nothing of it yet. The one source of what a deploy sends and what an export holds; a plan compares
 * the org with it and deploys only what differs.
 */
export function components(needs: readonly FieldNeed[], sales: SalesNeeds | undefined, license?: string): Component[] {
  return [
    ...[...sharedSets(needs)].map(([name, options]: [string, Option[]]): Component => ({ type: 'GlobalValueSet', body: globalValueSet(name, options) })),
    ...needs.map((need): Component => ({ type: 'CustomField', body: customField(need) })),
    ...(sales === undefined ? [] : salesComponents(needs, sales)),
    { type: 'PermissionSet', body: permissionSet(needs.map(fullName), license, sales === undefined ? [] : [BYPASS]) },
  ];
}
