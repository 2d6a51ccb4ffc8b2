import { CrmError, problem, type Problem } from '../../domain/problem';
import type { RecordWrite, WriteOutcome } from '../../domain/write';
import { CallFailed } from '../pace';
import type { ConsentWrite } from '../port';
import type { Reader } from './read';
import { byIds, chunks } from './read';
import { isWholeCrm } from './problems';
import { BATCH_SIZE, writeContacts } from './write';

type Part = { outcome: 'done' } | { outcome: 'refused' | 'maybe'; problem: Problem };

/**
 * Tightens consent (F7): an opt-out of all e-mail through the subscriptions API, since `hs_email_optout` is read-only, and do-not-call as the
 * property the agreement names. A write that asks for both is done when both are. Both may be sent twice with the same effect.
 *
 * Throws `CrmError` only when HubSpot as a whole refused before anything was done.
 */
export async function restrict(reader: Reader, writes: readonly ConsentWrite[]): Promise<WriteOutcome[]> {
  const emails = await emailsOf(reader, writes);
  const optOuts = await Promise.all(writes.map(async (write) => (write.optOut === true ? optOut(reader, emails.get(write.key)) : undefined)));
  const flags = await setFlags(reader, writes, optOuts.some((part) => part?.outcome === 'done'));
  const failed = optOuts.find((part) => part !== undefined && part.outcome === 'refused' && isWholeCrm(part.problem.code));
  const isAnythingDone = optOuts.some((part) => part?.outcome === 'done') || [...flags.values()].some((part) => part.outcome === 'done');
  if (failed !== undefined && failed.outcome === 'refused' && !isAnythingDone) throw new CrmError(failed.problem);

  return writes.map((write, index) => {
    const parts = [optOuts[index], flags.get(write.key)].filter((part): part is Part => part !== undefined);
    const worst = parts.find((part) => part.outcome === 'refused') ?? parts.find((part) => part.outcome === 'maybe');
    if (worst === undefined || worst.outcome === 'done') return { key: write.key, outcome: 'done', id: write.ref.id };
    const of = isWholeCrm(worst.problem.code) ? { ...worst.problem, retry: 'next-run' as const } : worst.problem;
    return { key: write.key, outcome: worst.outcome, problem: { ...of, record: of.record ?? write.ref } };
  });
}

/** A subscription's state belongs to an address, not to a record: where the caller gave none, the record tells. */
async function emailsOf(reader: Reader, writes: readonly ConsentWrite[]): Promise<Map<string, string>> {
  const emails = new Map<string, string>();
  const unknown = writes.filter((write) => write.optOut === true && (write.email ?? '') === '');
  const read = unknown.length === 0 ? [] : (await byIds(reader, [...new Set(unknown.map((write) => write.ref.id))], [])).records;
  for (const write of writes) {
    const record = read.find(({ ref, aliases }) => ref.id === write.ref.id || aliases.includes(write.ref.id));
    const email = (write.email ?? '') === '' ? record?.emails[0] : write.email;
    if (email !== undefined && email !== '') emails.set(write.key, email);
  }
  return emails;
}

async function optOut(reader: Reader, email: string | undefined): Promise<Part> {
  if (email === undefined) return { outcome: 'refused', problem: problem('required_missing', 'hubspot', { fields: ['email'] }) };
  try {
    await reader.api.unsubscribeAll(email);
    return { outcome: 'done' };
  } catch (error) {
    if (!(error instanceof CallFailed)) throw error;
    return { outcome: error.sent === 'no' ? 'refused' : 'maybe', problem: error.problem };
  }
}

async function setFlags(reader: Reader, writes: readonly ConsentWrite[], isAnythingDone: boolean): Promise<Map<string, Part>> {
  const parts = new Map<string, Part>();
  const updates = writes.flatMap((write): RecordWrite[] =>
    write.doNotCallField === undefined ? [] : [{ key: write.key, object: 'contact', op: 'update', id: write.ref.id, fields: { [write.doNotCallField]: true } }],
  );
  for (const chunk of chunks(updates, BATCH_SIZE)) {
    try {
      for (const outcome of await writeContacts(reader, chunk)) parts.set(outcome.key, outcome);
    } catch (error) {
      if (!(error instanceof CrmError) || (parts.size === 0 && !isAnythingDone)) throw error;
      for (const write of chunk) parts.set(write.key, { outcome: 'maybe', problem: error.problem });
    }
  }
  return parts;
}
