import type { MirrorRecord, Value } from '../../domain/record';
import type { PersonState } from '../../domain/person';
import type { CompiledField } from '../../agreement/fields';
import type { CompiledAgreement } from '../../agreement/compile';
import { sameValue } from '../observe';
import { createdObject, type Context } from './context';
import type { DesiredField, DesiredFields } from './desired';

/*
 * Mapped fields (M1-M5). Terms: *agreed* is the value both sides last agreed on, in HubSpot's form; a side has *changed* when it differs from it.
 * Invariant: a blank never overwrites a value, except one emptied since both agreed on a field with `clears`.
 */

export function mapFields(ctx: Context): { hubspot: DesiredFields; salesforce: DesiredFields } {
  const hubspot: DesiredFields = new Map();
  const salesforce: DesiredFields = new Map();
  const { agreement } = ctx.terms;
  const object = (ctx.primary?.ref.object ?? (createdObject(ctx) === 'contact' ? 'contact' : 'lead')) as 'lead' | 'contact';
  for (const field of agreement.fields) {
    const name = field[object];
    if (name === null) continue;
    const outcome = settle(ctx, field, name);
    if (outcome === null) continue;
    if (outcome.to === 'hubspot') hubspot.set(field.hubspot, outcome.field);
    else salesforce.set(name, outcome.field);
  }
  return { hubspot, salesforce };
}

function settle(ctx: Context, field: CompiledField, name: string): { to: 'hubspot' | 'salesforce'; field: DesiredField } | null {
  const h = ctx.contact === null ? null : ctx.contact.fields[field.hubspot];
  const raw = ctx.primary === null ? null : ctx.primary.fields[name];
  // M5: what is not returned is unknown, and nothing follows from it.
  if (h === undefined || raw === undefined) return null;
  const { policy, clears } = field.settings;
  const s = field.toHubspot(raw);
  if (same(field, h, raw)) {
    ctx.state.agreed[field.id] = h;
    return null;
  }
  const creating = ctx.contact === null || ctx.primary === null;
  const into = (to: 'hubspot' | 'salesforce', because: string): { to: 'hubspot' | 'salesforce'; field: DesiredField } | null => {
    const target = to === 'hubspot' ? s : h;
    const before = to === 'hubspot' ? h : raw;
    const value = to === 'hubspot' ? target : field.toSalesforce(target);
    // Emptied since both agreed: there was something to empty.
    if (target === null && !(clears && (ctx.state.agreed[field.id] ?? null) !== null)) return null;
    const known = field.id in ctx.state.agreed;
    const again = known && (to === 'hubspot' ? same(field, ctx.state.agreed[field.id] ?? null, raw) : sameHere(field, h, ctx.state.agreed[field.id] ?? null));
    return { to, field: { value, rule: known ? 'M4' : 'M1', because, contested: true, again, ...(before !== null && !known ? { overwrites: true } : {}) } };
  };
  if (creating) {
    // What is created carries what the other side knows, whoever wins later; a direction that the policy never writes stays closed (M1).
    if (!field.writes[ctx.contact === null ? 'hubspot' : 'salesforce']) return null;
    return ctx.contact === null ? into('hubspot', 'a new contact carries what Salesforce knows') : into('salesforce', 'a new record carries what HubSpot knows');
  }
  if (policy === 'read_only') return null;
  const known = field.id in ctx.state.agreed;
  const agreed = ctx.state.agreed[field.id];
  const hChanged = known && !sameHere(field, h, agreed ?? null);
  // By the pair, not by the value carried over: several HubSpot values may stand for the one that Salesforce shows (M3).
  const sChanged = known && !same(field, agreed ?? null, raw);
  if (policy === 'to_hubspot') return into('hubspot', 'one direction: Salesforce to HubSpot');
  if (policy === 'to_salesforce') return into('salesforce', 'one direction: HubSpot to Salesforce');
  // A blank never overwrites; the side that has a value fills the other.
  if (h === null && !(clears && hChanged && !sChanged)) return into('hubspot', 'HubSpot’s field is empty');
  if (s === null && !(clears && sChanged && !hChanged)) return into('salesforce', 'Salesforce’s field is empty');
  if (policy === 'fill_blank') return null;
  // L11: of two values that differ, the one that Concord wrote itself (undoing a run, W9) is nobody's word.
  const hOwn = ctx.contact?.since[field.hubspot]?.own === true;
  const sOwn = ctx.primary?.since[name]?.own === true;
  if (sOwn && !hOwn) return into('salesforce', hChanged ? 'changed in HubSpot since both agreed' : 'HubSpot’s value stands, Salesforce’s is Concord’s own');
  if (hOwn && !sOwn) return into('hubspot', sChanged ? 'changed in Salesforce since both agreed' : 'Salesforce’s value stands, HubSpot’s is Concord’s own');
  if (hChanged && !sChanged) return into('salesforce', 'changed in HubSpot since both agreed');
  if (sChanged && !hChanged) return into('hubspot', 'changed in Salesforce since both agreed');
  switch (winner(ctx, field, name)) {
    case 'hubspot':
      return into('salesforce', `both differ, ${policy}: HubSpot’s value`);
    case 'salesforce':
      return into('hubspot', `both differ, ${policy}: Salesforce’s value`);
  }
}

/** M2: per-field times; a tie goes to the CRM the agreement names. */
function winner(ctx: Context, field: CompiledField, name: string): 'hubspot' | 'salesforce' {
  const { policy, tie } = field.settings;
  if (policy === 'hubspot_wins') return 'hubspot';
  if (policy === 'salesforce_wins') return 'salesforce';
  const mine = ctx.contact?.since[field.hubspot]?.at ?? ctx.contact?.modifiedAt ?? 0;
  const theirs = ctx.primary?.since[name]?.at ?? ctx.primary?.modifiedAt ?? 0;
  if (mine === theirs) return tie;
  return mine > theirs ? 'hubspot' : 'salesforce';
}

/** Whether a HubSpot and a Salesforce value mean the same. E-mails differ in case only by how they are typed. */
function same(field: CompiledField, hubspot: Value, salesforce: Value): boolean {
  return field.agree(hubspot, salesforce) || sameText(field, hubspot, field.toHubspot(salesforce));
}

/** Two values in HubSpot's form. */
function sameHere(field: CompiledField, a: Value, b: Value): boolean {
  return sameValue(a, b) || sameText(field, a, b);
}

function sameText(field: CompiledField, a: Value, b: Value): boolean {
  return field.id === 'email' && typeof a === 'string' && typeof b === 'string' && a.trim().toLowerCase() === b.trim().toLowerCase();
}

/** After writes went through: what both sides agree on now (M4). */
export function advanceAgreed(agreement: CompiledAgreement, state: PersonState, contact: MirrorRecord | null, primary: MirrorRecord | null): boolean {
  if (contact === null || primary === null) return false;
  let moved = false;
  for (const field of agreement.fields) {
    const name = field[primary.ref.object as 'lead' | 'contact'];
    if (name === null) continue;
    const h = contact.fields[field.hubspot];
    const raw = primary.fields[name];
    if (h === undefined || raw === undefined || !same(field, h, raw)) continue;
    if (field.id in state.agreed && sameValue(state.agreed[field.id], h)) continue;
    state.agreed[field.id] = h;
    moved = true;
  }
  return moved;
}
