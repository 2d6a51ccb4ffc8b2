import { SalesforceError } from '../errors';
import { applyComponent, childrenOf, exists, METADATA_TYPES, removeComponent } from '../metadata/components';
import type { Org } from '../org';
import { renderDateTime } from '../values';
import { asList, asObject, asText, parseXml, toValue, type XmlObject } from './xml';
import { readZip } from './zip';

export interface DeployOptions {
  checkOnly: boolean;
  rollbackOnError: boolean;
}

interface Component {
  type: string;
  fullName: string;
  fileName: string;
  /** null: to be deleted. */
  body: XmlObject | null;
}

interface Message {
  changed: boolean;
  componentType: string;
  created: boolean;
  createdDate: string;
  deleted: boolean;
  fileName: string;
  fullName: string;
  success: boolean;
  problem?: string;
  problemType?: string;
}

interface Deploy {
  id: string;
  userId: string;
  options: DeployOptions;
  polls: number;
  started: number;
  successes: Message[];
  failures: Message[];
  error: string;
}

/** Thrown to undo a deploy that was only a check, or that failed. */
class Undone extends Error {}

/** Deploys of zip packages. The work is done when the package arrives; Pending, InProgress and the end are what polls see. */
export class Deploys {
  constructor(private readonly org: Org) {
    org.database.exec('CREATE TABLE IF NOT EXISTS sf_deploy (id TEXT PRIMARY KEY, deploy TEXT NOT NULL)');
  }

  /** Returns the deploy's id. */
  start(userId: string, zip: Buffer, options: DeployOptions): string {
    const deploy: Deploy = { id: this.org.storage.nextId('0Af'), userId, options, polls: 0, started: this.org.clock.now(), successes: [], failures: [], error: '' };
    try {
      const components = this.read(readZip(zip), deploy);
      this.apply(components, deploy);
    } catch (error) {
      deploy.error = error instanceof Error ? error.message : String(error);
    }
    this.save(deploy);
    return deploy.id;
  }

  /** The DeployResult as it is seen at this poll. */
  check(id: string, includeDetails: boolean): Record<string, unknown> {
    const text = this.org.storage.prepare('SELECT deploy FROM sf_deploy WHERE id = ?').pluck().get(id) as string | undefined;
    if (text === undefined) throw new SalesforceError('INVALID_CROSS_REFERENCE_KEY', `invalid async process id: ${id}`, { status: 404 });
    const deploy = JSON.parse(text) as Deploy;
    deploy.polls += 1;
    this.save(deploy);
    return this.result(deploy, includeDetails);
  }

  private result(deploy: Deploy, includeDetails: boolean): Record<string, unknown> {
    const done = deploy.polls >= 2;
    const failed = deploy.error !== '' || deploy.failures.length > 0;
    const partial = failed && deploy.error === '' && !deploy.options.rollbackOnError && deploy.successes.length > 0;
    const stamp = renderDateTime(deploy.started).replace('+0000', 'Z');
    const total = deploy.successes.length + deploy.failures.length;
    return {
      checkOnly: deploy.options.checkOnly,
      ...(done ? { completedDate: stamp } : {}),
      createdBy: deploy.userId,
      createdByName: (this.org.storage.get('User', deploy.userId)?.Name) ?? '',
      createdDate: stamp,
      details: done && includeDetails ? { componentFailures: deploy.failures, componentSuccesses: deploy.successes, runTestResult: { numFailures: 0, numTestsRun: 0, totalTime: 0 } } : {},
      done,
      ...(deploy.error === '' || !done ? {} : { errorMessage: deploy.error, errorStatusCode: 'UNKNOWN_EXCEPTION' }),
      id: deploy.id,
      ignoreWarnings: false,
      lastModifiedDate: stamp,
      numberComponentErrors: done ? deploy.failures.length : 0,
      numberComponentsDeployed: done && (!failed || partial) ? deploy.successes.length : 0,
      numberComponentsTotal: done ? total : 0,
      numberTestErrors: 0,
      numberTestsCompleted: 0,
      numberTestsTotal: 0,
      rollbackOnError: deploy.options.rollbackOnError,
      runTestsEnabled: false,
      startDate: stamp,
      status: !done ? 'InProgress' : partial ? 'SucceededPartial' : failed ? 'Failed' : 'Succeeded',
      success: done && (!failed || partial),
    };
  }

  private save(deploy: Deploy): void {
    this.org.storage.prepare('INSERT INTO sf_deploy (id, deploy) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET deploy = excluded.deploy').run(deploy.id, JSON.stringify(deploy));
  }

  /** Components that package.xml names, in the order in which they can be made; deletions first or last as their file says. */
  private read(files: Map<string, Buffer>, deploy: Deploy): Component[] {
    const packagePath = [...files.keys()].find((f) => f === 'package.xml' || /^[^/]+\/package\.xml$/.test(f));
    if (packagePath === undefined) throw new Error('No package.xml found');
    const root = packagePath.slice(0, -'package.xml'.length);
    const wanted = members(files.get(packagePath));
    const found: Component[] = [];
    for (const [path, content] of files) {
      if (!path.startsWith(root) || /(^|\/)(package|destructiveChanges\w*)\.xml$/.test(path)) continue;
      try {
        found.push(...componentsOf(path, root, content));
      } catch (error) {
        deploy.failures.push(failure({ type: '', fullName: path, fileName: path, body: null }, error, this.org));
      }
    }
    const named = (c: Component): boolean => (wanted.get(c.type)?.has(c.fullName) ?? false) || (wanted.get(c.type)?.has('*') ?? false);
    for (const c of found) if (!named(c)) deploy.failures.push(failure(c, new Error('Not in package.xml'), this.org));
    for (const [type, names] of wanted) {
      for (const fullName of names) {
        if (fullName === '*' || found.some((c) => c.type === type && c.fullName === fullName)) continue;
        deploy.failures.push(failure({ type, fullName, fileName: packagePath, body: null }, new Error(`Entity of type '${type}' named '${fullName}' was named in package.xml, but was not found in zipped directory`), this.org));
      }
    }
    const order = METADATA_TYPES.map((t) => t.name);
    const made = found.filter(named).sort((a, b) => order.indexOf(a.type) - order.indexOf(b.type));
    const deleted = (name: string): Component[] =>
      [...members(files.get(`${root}${name}.xml`))].flatMap(([type, names]) => [...names].map((fullName) => ({ type, fullName, fileName: `${name}.xml`, body: null })));
    return [...deleted('destructiveChanges'), ...deleted('destructiveChangesPre'), ...made, ...deleted('destructiveChangesPost')];
  }

  private apply(components: Component[], deploy: Deploy): void {
    const { org } = this;
    try {
      org.atomic(() => {
        for (const component of components) {
          try {
            const created = component.body !== null && !exists(org, component.type, component.fullName);
            org.atomic(() => {
              if (component.body === null) removeComponent(org, component.type, component.fullName);
              else applyComponent(org, component.type, component.fullName, component.body);
            });
            deploy.successes.push(message(component, created, org));
          } catch (error) {
            deploy.failures.push(failure(component, error, org));
          }
        }
        if (deploy.options.checkOnly || (deploy.failures.length > 0 && deploy.options.rollbackOnError)) throw new Undone();
      });
    } catch (error) {
      if (!(error instanceof Undone)) throw error;
    }
  }
}

function members(file: Buffer | undefined): Map<string, Set<string>> {
  const out = new Map<string, Set<string>>();
  if (file === undefined) return out;
  for (const entry of asList(asObject(toValue(parseXml(file.toString('utf8')))).types)) {
    const types = asObject(entry);
    out.set(asText(types.name), new Set(asList(types.members).map(asText)));
  }
  return out;
}

/** The components of one file: an object file holds its children, every other file one component. */
function componentsOf(path: string, root: string, content: Buffer): Component[] {
  const [folder, file] = path.slice(root.length).split('/') as [string, string | undefined];
  const type = METADATA_TYPES.find((t) => t.folder === folder && t.childOf === undefined);
  if (!type || file === undefined || !file.endsWith(`.${type.suffix}`)) throw new Error(`Unknown file in the package: ${path}`);
  const fullName = decodeURIComponent(file.slice(0, -type.suffix.length - 1));
  const body = asObject(toValue(parseXml(content.toString('utf8'))));
  if (type.name !== 'CustomObject') return [{ type: type.name, fullName, fileName: path, body }];
  const children = childrenOf(body).map((c): Component => ({ type: c.type, fullName: `${fullName}.${c.name}`, fileName: path, body: c.body }));
  const own = Object.fromEntries(Object.entries(body).filter(([member]) => !METADATA_TYPES.some((t) => t.tag === member)));
  return Object.keys(own).length === 0 ? children : [{ type: 'CustomObject', fullName, fileName: path, body: own }, ...children];
}

function message(c: Component, created: boolean, org: Org): Message {
  return {
    changed: true,
    componentType: c.type,
    created,
    createdDate: renderDateTime(org.now()).replace('+0000', 'Z'),
    deleted: c.body === null,
    fileName: c.fileName,
    fullName: c.fullName,
    success: true,
  };
}

function failure(c: Component, error: unknown, org: Org): Message {
  return { ...message(c, false, org), changed: false, deleted: false, success: false, problem: error instanceof Error ? error.message : String(error), problemType: 'Error' };
}
