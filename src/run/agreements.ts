import type { EpochMs } from '../domain/record';
import type { StoreReader, StoreTransaction } from '../store/port';

/* Since when which version of the agreement is in force: by the runs that were done under it. */

const KEY = 'agreements';
/** The latest versions that are kept: for the page that both teams sign off. */
const KEPT = 50;

export interface AgreementVersion {
  hash: string;
  /** The first run that ended well under it. */
  run: string;
  at: EpochMs;
}

/** Versions that runs were done under, the newest first. Empty before the first good run. */
export async function agreementVersions(store: Pick<StoreReader, 'meta'>): Promise<AgreementVersion[]> {
  const text = await store.meta(KEY);
  return text === null ? [] : (JSON.parse(text) as AgreementVersion[]);
}

/** Takes down that a run was done under this version; nothing when it is the one before. */
export async function noteAgreement(tx: StoreTransaction & StoreReader, version: AgreementVersion): Promise<void> {
  const known = await agreementVersions(tx);
  if (known[0]?.hash === version.hash) return;
  await tx.setMeta(KEY, JSON.stringify([version, ...known].slice(0, KEPT)));
}
