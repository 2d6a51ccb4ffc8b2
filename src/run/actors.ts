import type { CrmPort } from '../crm/port';
import type { Actor } from '../domain/record';

/** Asks the CRM who these are, those of them that it knows by an id; what is returned puts the name beside an actor's id (F2). */
export async function namer(crm: Pick<CrmPort, 'userNames'>, actors: readonly (Actor | undefined)[]): Promise<(by: Actor) => Actor> {
  const ids = [...new Set(actors.flatMap((by) => by?.id ?? []))];
  const names = ids.length === 0 ? new Map<string, string>() : await crm.userNames(ids);
  return (by) => {
    const name = by.id === undefined ? undefined : names.get(by.id);
    return name === undefined ? by : { ...by, name };
  };
}
