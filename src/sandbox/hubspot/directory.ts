import type { SandboxDatabase } from '../database';
import type { SandboxClock } from '../clock';
import { notFound } from './errors';
import type { ObjectType } from './objectTypes';

/** An owner as HubSpot answers it (OpenAPI `PublicOwner`). Records carry `id`, not `userId`. */
export interface Owner {
  id: string;
  userId?: number;
  userIdIncludingInactive: number;
  email: string;
  firstName: string;
  lastName: string;
  type: 'PERSON' | 'QUEUE';
  archived: boolean;
  createdAt: string;
  updatedAt: string;
  teams?: { id: string; name: string; primary: boolean }[];
}

export interface PipelineStage {
  id: string;
  label: string;
  displayOrder: number;
  metadata: Record<string, string>;
  writePermissions: string;
  archived: boolean;
  createdAt: string;
  updatedAt: string;
}

export interface Pipeline {
  id: string;
  label: string;
  displayOrder: number;
  stages: PipelineStage[];
  archived: boolean;
  createdAt: string;
  updatedAt: string;
}

const defaultStages: [id: string, label: string, probability: string, closed: boolean][] = [
  ['appointmentscheduled', 'Appointment Scheduled', '0.2', false],
  ['qualifiedtobuy', 'Qualified To Buy', '0.4', false],
  ['presentationscheduled', 'Presentation Scheduled', '0.6', false],
  ['decisionmakerboughtin', 'Decision Maker Bought-In', '0.8', false],
  ['contractsent', 'Contract Sent', '0.9', false],
  ['closedwon', 'Closed Won', '1.0', true],
  ['closedlost', 'Closed Lost', '0.0', true],
];

/** Default pipelines carry the epoch as their time of creation. */
const epoch = '1970-01-01T00:00:00.000Z';

/** The portal's owners and deal pipelines. */
export class Directory {
  private pipelineList: Pipeline[] = [];

  constructor(
    private readonly database: SandboxDatabase,
    private readonly clock: SandboxClock,
  ) {
    this.reload();
  }

  reload(): void {
    if (this.database.prepare('SELECT 1 FROM hs_pipelines LIMIT 1').get() === undefined) {
      this.addPipeline({ id: 'default', label: 'Sales Pipeline', stages: defaultStages, createdAt: epoch });
    }
    this.pipelineList = this.database
      .prepare<[], { body: string }>("SELECT body FROM hs_pipelines WHERE type = 'deals' ORDER BY id")
      .all()
      .map((row) => JSON.parse(row.body) as Pipeline)
      .sort((one, other) => one.displayOrder - other.displayOrder);
  }

  addPipeline(wanted: { id: string; label: string; stages: [id: string, label: string, probability: string, closed: boolean][]; createdAt?: string }): Pipeline {
    const at = wanted.createdAt ?? new Date(this.clock.now()).toISOString();
    const times = { archived: false, createdAt: at, updatedAt: at };
    const pipeline: Pipeline = {
      id: wanted.id,
      label: wanted.label,
      displayOrder: this.pipelineList.length,
      stages: wanted.stages.map(([id, label, probability, closed], displayOrder) => ({
        id,
        label,
        displayOrder,
        metadata: { isClosed: String(closed), probability },
        writePermissions: 'CRM_PERMISSIONS_ENFORCEMENT',
        ...times,
      })),
      ...times,
    };
    this.database.prepare("INSERT OR REPLACE INTO hs_pipelines (type, id, body) VALUES ('deals', ?, ?)").run(pipeline.id, JSON.stringify(pipeline));
    this.pipelineList = [...this.pipelineList.filter((one) => one.id !== pipeline.id), pipeline];
    return pipeline;
  }

  pipelines(type: ObjectType): Pipeline[] {
    return type === 'deals' ? this.pipelineList : [];
  }

  pipeline(type: ObjectType, id: string): Pipeline {
    const found = this.pipelines(type).find((pipeline) => pipeline.id === id);
    if (found === undefined) throw notFound(`Pipeline ${id} does not exist`);
    return found;
  }

  /** Won is closed with probability 1, lost is closed with 0. Unknown stages are open. */
  outcome(pipelineId: string, stageId: string): 'open' | 'won' | 'lost' {
    const metadata = this.pipelineList.find((pipeline) => pipeline.id === pipelineId)?.stages.find((stage) => stage.id === stageId)?.metadata;
    if (metadata?.['isClosed'] !== 'true') return 'open';
    return Number(metadata['probability']) === 1 ? 'won' : 'lost';
  }

  addOwner(wanted: { id?: number; userId?: number; email: string; firstName?: string; lastName?: string; type?: 'PERSON' | 'QUEUE'; archived?: boolean }): Owner {
    const last = this.database.prepare<[], { id: number | null }>('SELECT max(id) AS id FROM hs_owners').get()?.id ?? 4_320;
    const id = wanted.id ?? last + 1;
    const userId = wanted.userId ?? 70_000 + id;
    const now = new Date(this.clock.now()).toISOString();
    const archived = wanted.archived ?? false;
    const owner: Owner = {
      id: String(id),
      ...(archived ? {} : { userId }),
      userIdIncludingInactive: userId,
      email: wanted.email.toLowerCase(),
      firstName: wanted.firstName ?? '',
      lastName: wanted.lastName ?? '',
      type: wanted.type ?? 'PERSON',
      archived,
      createdAt: now,
      updatedAt: now,
      teams: [],
    };
    this.keepOwner(owner);
    return owner;
  }

  private keepOwner(owner: Owner): void {
    this.database
      .prepare('INSERT OR REPLACE INTO hs_owners (id, body, archived) VALUES (?, ?, ?)')
      .run(Number(owner.id), JSON.stringify(owner), owner.archived ? 1 : 0);
  }

  /** A deactivated user stays an owner of old records, without a live `userId`. */
  deactivateOwner(id: string): void {
    const owner = this.owner(id);
    if (owner === undefined) throw new Error(`The sandbox has no owner ${id}.`);
    const { userId: _gone, ...rest } = owner;
    this.keepOwner({ ...rest, archived: true, updatedAt: new Date(this.clock.now()).toISOString() });
  }

  owner(id: string): Owner | undefined {
    if (!/^\d+$/.test(id)) return undefined;
    const row = this.database.prepare<[number], { body: string }>('SELECT body FROM hs_owners WHERE id = ?').get(Number(id));
    return row === undefined ? undefined : (JSON.parse(row.body) as Owner);
  }

  ownerOfUser(userId: number): Owner | undefined {
    return this.owners(false, 0, 1_000_000).find((owner) => owner.userId === userId);
  }

  owners(archived: boolean, after: number, limit: number, email?: string): Owner[] {
    return this.database
      .prepare<[number, number], { body: string }>('SELECT body FROM hs_owners WHERE archived = ? AND id > ? ORDER BY id')
      .all(archived ? 1 : 0, after)
      .map((row) => JSON.parse(row.body) as Owner)
      .filter((owner) => email === undefined || owner.email === email.toLowerCase())
      .slice(0, limit);
  }
}
