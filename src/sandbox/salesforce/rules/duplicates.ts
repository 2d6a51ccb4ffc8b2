import { SalesforceError } from '../errors';
import type { Org } from '../org';
import type { Row } from '../values';

export type DuplicateMode = 'off' | 'alert' | 'block';

/**
 * The org's duplicate rule: same e-mail on a live lead or contact. An Alert passes when the caller says `allowSave=true`; a Block never does
 * (https://developer.salesforce.com/docs/platform/api-rest/guide/headers-duplicaterules.html).
 */
export function checkDuplicates(org: Org, object: string, row: Row, allowSave: boolean): void {
  const mode = org.settings.get<DuplicateMode>('duplicateRule', 'off');
  if (mode === 'off' || (object !== 'Lead' && object !== 'Contact') || row.Email === null || row.Email === undefined) return;
  if (mode === 'alert' && allowSave) return;
  const matches = ['Lead', 'Contact'].flatMap((type) =>
    org.storage
      .find(type, { Email: row.Email ?? null })
      .filter((found) => found.Id !== row.Id && found.IsConverted !== 1)
      .map((found) => ({ type, id: found.Id as string })),
  );
  if (matches.length === 0) return;
  throw new SalesforceError('DUPLICATES_DETECTED', 'Use one of these records?', {
    extra: {
      duplicateResult: {
        allowSave: mode === 'alert',
        duplicateRule: `Standard_${object}_Duplicate_Rule`,
        duplicateRuleEntityType: object,
        errorMessage: 'Use one of these records?',
        matchResults: [...new Set(matches.map((m) => m.type))].map((type) => ({
          entityType: type,
          errors: [],
          matchEngine: 'ExactMatchEngine',
          matchRecords: matches.filter((m) => m.type === type).map((m) => ({ additionalInformation: [], fieldDiffs: [], matchConfidence: 100, record: { attributes: { type: m.type }, Id: m.id } })),
          rule: `Standard_${type}_Match_Rule_v1_0`,
          size: matches.filter((m) => m.type === type).length,
          success: true,
        })),
      },
    },
  });
}
