import type { CompiledAgreement } from '../agreement/compile';

/** What deciding needs beside the evidence. */
export interface Terms {
  agreement: CompiledAgreement;
}
