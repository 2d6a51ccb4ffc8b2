import type { Catalog, Shape } from './catalog';
import type { Field } from './objects/define';
import type { Settings } from './settings';
import type { Storage } from './storage';

interface Hidden {
  who: string;
  object: string;
  /** Field name, or `*` for the whole object. */
  field: string;
  mode: 'read' | 'edit';
}

interface Sight {
  version: string;
  readable: Set<string>;
  editable: Set<string>;
}

/** What a user may do at the start; the rest comes by permission set or from the test's hand. */
const BASE_PERMISSIONS = ['ApiEnabled', 'ViewSetup', 'ModifyMetadata', 'ConvertLeads', 'EditTask', 'SendCustomNotifications'] as const;

/**
 * Field-level security and permissions. Reps see every field. A restricted user (the integration user) sees a custom field only when an
 * assigned permission set grants it, so a field made through the metadata calls is invisible to the user who made it
 * (https://github.com/forcedotcom/cli/issues/1876). Anything can be hidden from anybody by hand.
 */
export class Access {
  private readonly sights = new Map<string, Sight>();
  private version = 0;

  constructor(
    private readonly settings: Settings,
    private readonly catalog: Catalog,
    private readonly storage: Storage,
  ) {}

  /** Tells the caches that grants, assignments or hidden things changed. */
  changed(): void {
    this.version += 1;
  }

  isRestricted(userId: string): boolean {
    return this.settings.get<string[]>('restrictedUsers', []).includes(userId);
  }

  restrict(userId: string): void {
    this.settings.set('restrictedUsers', [...this.settings.get<string[]>('restrictedUsers', []), userId]);
    this.changed();
  }

  hide(who: string, object: string, field: string, mode: 'read' | 'edit', hidden: boolean): void {
    const others = this.settings
      .get<Hidden[]>('hidden', [])
      .filter((h) => h.who !== who || h.object !== object || h.field !== field || h.mode !== mode);
    this.settings.set('hidden', hidden ? [...others, { who, object, field, mode }] : others);
    this.changed();
  }

  /** True when the user sees the object at all. */
  seesObject(userId: string, object: string): boolean {
    const whos = this.whos(userId);
    return !this.settings.get<Hidden[]>('hidden', []).some((h) => h.field === '*' && h.mode === 'read' && h.object === object && whos.has(h.who));
  }

  /** True when the user may create and change records of the object at all; fields may still be closed. */
  editsObject(userId: string, object: string): boolean {
    // Tasks have no object permissions of their own but this one.
    if (object === 'Task' && !this.may(userId, 'EditTask')) return false;
    const whos = this.whos(userId);
    return !this.settings.get<Hidden[]>('hidden', []).some((h) => h.field === '*' && h.object === object && whos.has(h.who));
  }

  readable(userId: string, shape: Shape, field: Field): boolean {
    return this.sight(userId, shape).readable.has(field.name);
  }

  editable(userId: string, shape: Shape, field: Field): boolean {
    return this.sight(userId, shape).editable.has(field.name);
  }

  /** Fields that the user sees, in the object's order. */
  visibleFields(userId: string, shape: Shape): Field[] {
    const { readable } = this.sight(userId, shape);
    return this.catalog.fields(shape).filter((f) => readable.has(f.name));
  }

  private sight(userId: string, shape: Shape): Sight {
    const version = `${this.version}/${this.catalog.version}`;
    const key = `${userId}/${shape.name}`;
    const known = this.sights.get(key);
    if (known?.version === version) return known;
    const sight = this.look(userId, shape, version);
    this.sights.set(key, sight);
    return sight;
  }

  private look(userId: string, shape: Shape, version: string): Sight {
    const whos = this.whos(userId);
    const hidden = this.settings.get<Hidden[]>('hidden', []).filter((h) => h.object === shape.name && whos.has(h.who));
    const grants = this.isRestricted(userId) ? this.grants(userId, shape.name) : null;
    const readable = new Set<string>();
    const editable = new Set<string>();
    const editsObject = this.editsObject(userId, shape.name);
    for (const f of this.catalog.fields(shape)) {
      const grant = grants?.get(f.name.toLowerCase());
      const granted = grants === null || !f.custom || f.open || !f.permissionable;
      if (!granted && grant === undefined) continue;
      if (hidden.some((h) => h.mode === 'read' && h.field === f.name)) continue;
      readable.add(f.name);
      if (!editsObject) continue;
      if (!granted && grant !== 'edit') continue;
      if (!hidden.some((h) => h.mode === 'edit' && h.field === f.name)) editable.add(f.name);
    }
    return { version, readable, editable };
  }

  private grants(userId: string, object: string): Map<string, 'read' | 'edit'> {
    const grants = new Map<string, 'read' | 'edit'>();
    for (const set of this.permissionSets(userId)) {
      for (const row of this.storage.find('FieldPermissions', { ParentId: set, SobjectType: object })) {
        const field = String(row.Field).split('.').pop()?.toLowerCase() ?? '';
        if (row.PermissionsEdit === 1) grants.set(field, 'edit');
        else if (row.PermissionsRead === 1 && !grants.has(field)) grants.set(field, 'read');
      }
    }
    return grants;
  }

  private permissionSets(userId: string): string[] {
    return this.storage.find('PermissionSetAssignment', { AssigneeId: userId }).map((r) => r.PermissionSetId as string);
  }

  private whos(userId: string): Set<string> {
    return new Set([userId, ...this.permissionSets(userId)]);
  }

  /** User and custom permissions by name, such as `ModifyMetadata` or a permission that a validation rule asks for. */
  may(userId: string, permission: string): boolean {
    const own = this.settings.get<Record<string, Record<string, boolean>>>('userPermissions', {})[userId]?.[permission];
    if (own !== undefined) return own;
    if ((BASE_PERMISSIONS as readonly string[]).includes(permission)) return true;
    const bySet = this.settings.get<Record<string, string[]>>('setPermissions', {});
    return this.permissionSets(userId).some((set) => bySet[set]?.includes(permission) ?? false);
  }

  permit(userId: string, permission: string, on: boolean): void {
    const all = this.settings.get<Record<string, Record<string, boolean>>>('userPermissions', {});
    this.settings.set('userPermissions', { ...all, [userId]: { ...all[userId], [permission]: on } });
  }

  setPermissionsOf(permissionSetId: string): string[] {
    return this.settings.get<Record<string, string[]>>('setPermissions', {})[permissionSetId] ?? [];
  }

  /** The permissions that a permission set carries: what it lists and nothing else. */
  setPermissions(permissionSetId: string, permissions: string[]): void {
    this.settings.set('setPermissions', { ...this.settings.get<Record<string, string[]>>('setPermissions', {}), [permissionSetId]: permissions });
    this.changed();
  }
}
