import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { compileAgreement, type CompiledAgreement } from '../../src/agreement/compile';
import { holidayData } from '../../src/agreement/holidays';
import { loadAgreement } from '../../src/agreement/load';
import { keepStart, keptStart } from './starts';

/** The agreement that Concord comes with. */
export const AGREEMENT = resolve(__dirname, '..', '..', 'config', 'agreement.yaml');

/**
 * The agreement of a text, the shipped one without, as `readAgreement` gives it: each caller has its own. Checking it takes longer than opening both CRMs,
 * so what a text says is kept for all test files.
 */
export function agreementOf(text = readFileSync(AGREEMENT, 'utf8')): CompiledAgreement {
  const key = `agreement ${text}`;
  const known = keptStart<CompiledAgreement['settings']>(key);
  if (known !== null) return compileAgreement(known, holidayData() ?? undefined);
  const loaded = loadAgreement(text, 'agreement.yaml');
  if (!loaded.ok) throw new Error(`the agreement of this test has faults:\n${loaded.faults.map(({ line, message, instead }) => `${line}: ${message} ${instead}`).join('\n')}`);
  keepStart(key, loaded.agreement.settings);
  return loaded.agreement;
}
