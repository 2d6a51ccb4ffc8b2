import type { Activity, OutboxText, SoughtActivity } from '../../domain/outbox';
import type { WriteOutcome } from '../../domain/write';
import type { Api } from './api';
import { AnyRow, IdRow, parsed } from './schema';
import { chunks, isIn } from './soql';
import { headers, lost, sendLines } from './write';

/*
 * Tasks on a lead or contact. They move the record's SystemModstamp, so the next reading sees it again and finds nothing new. A subject takes 255
 * characters.
 */

const LONGEST_SUBJECT = 255;
/** Values of an `IN` list. */
const LIST = 200;

/** Leaves at most 200 tasks, each once. */
export async function leaveTasks(api: Api, tasks: readonly Activity[]): Promise<WriteOutcome[]> {
  if (tasks.some((task) => task.kind !== 'task' || task.on.crm !== 'salesforce' || (task.on.object !== 'lead' && task.on.object !== 'contact'))) throw new Error('salesforce: only tasks on leads and contacts are left');
  const outcomes = new Map<string, WriteOutcome>();
  const lines = tasks.map((task) => ({ key: task.key, ref: undefined, body: recordOf(task) }));
  await sendLines(api, { method: 'POST', path: '/composite/sobjects', kind: 'once', headers: headers(false), namesItsRecords: false }, lines, outcomes);
  return tasks.map(({ key }) => outcomes.get(key) ?? lost(key));
}

function recordOf({ on, text, mark }: Activity): Record<string, unknown> {
  return {
    attributes: { type: 'Task' },
    WhoId: on.id,
    Subject: subjectOf(text),
    Description: [...(text.title.length > LONGEST_SUBJECT ? [text.title] : []), ...text.lines, markOf(mark)].join('\n'),
    Status: 'Not Started',
    Priority: text.priority === 'high' ? 'High' : 'Normal',
    ...(text.ownerId === undefined ? {} : { OwnerId: text.ownerId }),
    ...(text.dueOn === undefined ? {} : { ActivityDate: text.dueOn }),
  };
}

/** Too long a title is cut where it shows that it was; the description then has all of it (M3). */
function subjectOf({ title }: OutboxText): string {
  return title.length <= LONGEST_SUBJECT ? title : `${title.slice(0, LONGEST_SUBJECT - 1)}…`;
}

/** The mark as it stands in a description: with brackets, so that no mark is found inside another one. */
function markOf(mark: string): string {
  return `[concord ${mark}]`;
}

/** Looks through the tasks of the leads and contacts. A description is long text, which no condition of a query can look into. */
export async function findTasks(api: Api, sought: readonly SoughtActivity[]): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  const queries = chunks([...new Set(sought.map(({ on }) => on.id))], LIST).map((list) => `SELECT Id, Description FROM Task WHERE ${isIn('WhoId', list)} ORDER BY CreatedDate DESC, Id DESC`);
  for (const rows of await api.queryMany(queries)) {
    for (const row of rows) {
      const id = parsed(IdRow, row)?.Id;
      const description = parsed(AnyRow, row)?.['Description'];
      if (id === undefined || typeof description !== 'string') continue;
      for (const { mark } of sought) if (!found.has(mark) && description.includes(markOf(mark))) found.set(mark, id);
    }
  }
  return found;
}
