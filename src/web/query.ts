import type { Request } from 'express';
import type { DueKey } from '../store/port';

/** A value of the address; null where it is absent, empty, given twice, or longer than anything that is looked up. */
export function textOf(req: Request, name: string): string | null {
  const value = req.query[name];
  return typeof value === 'string' && value.trim() !== '' && value.length <= 500 ? value.trim() : null;
}

/** A value of a form that was sent; null where it is absent, empty or given twice. */
export function sentOf(req: Request, name: string): string | null {
  const value = (req.body as Record<string, unknown> | undefined)?.[name];
  return typeof value === 'string' && value !== '' ? value : null;
}

/** Whether the box that says yes was ticked. */
export function isConfirmed(req: Request): boolean {
  return sentOf(req, 'confirm') === 'yes';
}

/** A part of the path. */
export function partOf(req: Request, name: string): string {
  const value = req.params[name];
  return typeof value === 'string' ? value : '';
}

/** Lists are counted for a tab up to this many: more is "1,000+". */
export const MOST = 1000;

/** Where a list of handoffs goes on, as an address tells it; null for none, or for what is no such key. */
export function dueKeyOf(req: Request): DueKey | null {
  const [at, personId, cycle] = textOf(req, 'after')?.split('~') ?? [];
  const key = { at: Number(at), personId: personId ?? '', cycle: Number(cycle) };
  return Number.isSafeInteger(key.at) && Number.isSafeInteger(key.cycle) && key.personId !== '' ? key : null;
}

export function dueKeyText({ at, personId, cycle }: DueKey): string {
  return [at, personId, cycle].join('~');
}
