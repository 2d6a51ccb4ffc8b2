import type { MirrorRecord } from '../../src/domain/record';
import type { PersonEvidence, PersonState } from '../../src/domain/person';
import type { PersonRow } from '../../src/store/port';
import { decide, type Decision } from '../../src/core/decide/decide';
import { opportunitiesOf } from '../../src/core/evidence/opportunities';
import { observe } from '../../src/core/observe';
import { plan, type PersonPlan } from '../../src/core/plan/plan';
import { urlOf, type Pass } from '../../src/run/parts';
import { generatePerson, type GeneratedPerson, type WorldOptions } from '../../src/sandbox/generate';
import { match } from '../../src/core/match/match';
import { createRecords } from './records';

export function personIdOf(person: GeneratedPerson): string {
  return `h${person.hubspot.id}`;
}

/** A generated person's records as the mirror would hold them after their first reading. */
export function mirrorOf(pass: Pass, person: GeneratedPerson, records: ReturnType<Awaited<ReturnType<typeof createRecords>>>, before?: MirrorRecord[]): MirrorRecord[] {
  const { tracked } = pass.parts.fields;
  return records.map((record) => {
    const known = before?.find((each) => each.ref.crm === record.ref.crm && each.ref.object === record.ref.object);
    const { record: seen } = observe(record, known, tracked[record.ref.crm][record.ref.object] ?? new Set(), pass.now);
    return { ...seen, personId: record.opportunity !== undefined || record.role !== undefined ? null : personIdOf(person) };
  });
}

/** What was read of one person, by kind of record. Generated people have accounts of their own. */
export function evidenceOf(personId: string, records: MirrorRecord[]): PersonEvidence {
  const of = (crm: string, object: string): MirrorRecord[] => records.filter((record) => record.ref.crm === crm && record.ref.object === object);
  const contacts = of('salesforce', 'contact');
  const leads = of('salesforce', 'lead');
  return { personId, hubspot: of('hubspot', 'contact'), leads, contacts, opportunities: opportunitiesOf(contacts, leads, { opportunities: of('salesforce', 'opportunity'), roles: of('salesforce', 'role'), accountContacts: contacts }), gone: [] };
}

/** Decides and plans one person: met for the first time, or known with the history given. */
export function judgeOne(pass: Pass, evidence: PersonEvidence, state: PersonState | null): { decision: Decision; plan: PersonPlan } {
  const { terms } = pass.parts;
  const decision = decide(terms, { evidence, state, pins: { hubspot: null, salesforce: null }, adopting: state === null, readUpTo: pass.readUpTo, now: pass.now }, urlOf(pass));
  return { decision, plan: plan(terms.agreement, evidence.personId, decision, [], 0) };
}

export interface EngineResult {
  people: number;
  writes: number;
  wallMs: number;
  /** Of the process, on all cores: garbage collection included. */
  cpuMs: number;
}

/** As many people at once as a page of records has. */
const PAGE = 200;

/**
 * The engine alone: match, decide and plan over evidence that is already in memory. No store, network or serialising. `rounds` times the same people,
 * now as strangers, now as people with a history; the first round warms up and is not counted.
 */
export async function measureEngine(pass: Pass, world: WorldOptions, rounds: number): Promise<EngineResult> {
  const read = await createRecords(pass);
  const states = new Map<string, PersonState>();
  const nameOf = (record: MirrorRecord): string | null => {
    const [first, last] = record.ref.crm === 'hubspot' ? [record.fields['firstname'], record.fields['lastname']] : [record.fields['FirstName'], record.fields['LastName']];
    return typeof first === 'string' && typeof last === 'string' ? `${first} ${last}` : null;
  };
  const pages: { people: MirrorRecord[]; around: Map<string, MirrorRecord[]> }[] = [];
  for (let from = 0; from < world.people; from += PAGE) {
    const people: MirrorRecord[] = [];
    const around = new Map<string, MirrorRecord[]>();
    for (let index = from; index < Math.min(world.people, from + PAGE); index += 1) {
      const person = generatePerson(world, index);
      const records = mirrorOf(pass, person, read(person));
      around.set(personIdOf(person), records.filter((record) => record.opportunity !== undefined || record.role !== undefined));
      for (const record of records) if (record.opportunity === undefined && record.role === undefined) people.push({ ...record, personId: null });
    }
    pages.push({ people, around });
  }
  let writes = 0;
  let count = 0;
  let began = 0;
  let cpu = process.cpuUsage();
  for (let round = 0; round <= rounds; round += 1) {
    if (round === 1) {
      began = performance.now();
      cpu = process.cpuUsage();
      writes = 0;
      count = 0;
    }
    for (const page of pages) {
      for (const group of match(page.people, new Map(), nameOf)) {
        const evidence = evidenceOf(group.personId, [...group.records, ...(page.around.get(group.personId) ?? [])]);
        // Every other round meets people whom it knows already.
        const judged = judgeOne(pass, evidence, round % 2 === 1 ? (states.get(group.personId) ?? null) : null);
        if (round === 0) states.set(group.personId, judged.decision.state);
        writes += judged.plan.writes.length;
        count += 1;
      }
    }
  }
  const wallMs = performance.now() - began;
  const { user, system } = process.cpuUsage(cpu);
  return { people: count, writes, wallMs, cpuMs: (user + system) / 1000 };
}

/** The row of a person whom the store does not know yet. */
export function newRow(id: string, at: number): PersonRow {
  return { id, hubspotId: null, salesforceObject: null, salesforceId: null, stage: null, stageAt: null, cycle: 0, inScope: false, shownHubspot: null, shownSalesforce: null, disagreement: null, held: null, missing: null, nextAt: null, state: null, notes: null, updatedAt: at };
}
