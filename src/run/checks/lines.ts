import { CRM_NAMES, type CrmName } from '../../domain/record';

/** One thing that must be true, and whether it is. */
export interface CheckLine {
  /** For example `hubspot.scope.crm.objects.contacts.read`. */
  id: string;
  ok: boolean;
  /** While it is not ok no run can do its work; otherwise only what the message names stays undone. */
  blocks: boolean;
  message: string;
  /** What to do while it is not ok. */
  remedy: string | null;
}


/** The lines of one CRM, in the order found. */
export class Lines {
  constructor(
    private readonly crm: CrmName,
    private readonly all: CheckLine[],
  ) {}

  ok(id: string, message: string): void {
    this.all.push({ id: `${this.crm}.${id}`, ok: true, blocks: false, message: `${this.label}: ${message}`, remedy: null });
  }

  /** Keeps every run from its work. */
  block(id: string, message: string, remedy: string): void {
    this.all.push({ id: `${this.crm}.${id}`, ok: false, blocks: true, message: `${this.label}: ${message}`, remedy });
  }

  /** Runs work; what the message names does not. */
  warn(id: string, message: string, remedy: string): void {
    this.all.push({ id: `${this.crm}.${id}`, ok: false, blocks: false, message: `${this.label}: ${message}`, remedy });
  }

  get label(): string {
    return CRM_NAMES[this.crm];
  }
}
