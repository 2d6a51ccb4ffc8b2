/** A fault of the agreement file, at the place in the file where it is put right. Lines and columns count from 1. */
export interface Fault {
  file: string;
  line: number;
  column: number;
  /** The way to the key or value: `stages.2.when.any.0.at_least`; list places count from 0. Empty: the file as a whole. */
  path: string;
  /** What is wrong, in one sentence. */
  message: string;
  /** What to write instead. */
  instead: string;
}

export type Path = readonly (string | number)[];

/** A fault before it is located: `at` says whether the key or the value at the path is pointed at. */
export interface Finding {
  severity: 'fault' | 'warning';
  path: Path;
  at: 'key' | 'value';
  message: string;
  instead: string;
}

/** Collects findings: what every check is given. */
export class Findings {
  readonly all: Finding[] = [];

  /** A fault at the value that stands at the path, or, when nothing stands there, at its parent's key. */
  fault(path: Path, message: string, instead: string): void {
    this.all.push({ severity: 'fault', path, at: 'value', message, instead });
  }

  faultAtKey(path: Path, message: string, instead: string): void {
    this.all.push({ severity: 'fault', path, at: 'key', message, instead });
  }

  warn(path: Path, message: string, instead: string): void {
    this.all.push({ severity: 'warning', path, at: 'value', message, instead });
  }
}

/** `file:line:column: message Instead: …`, one line. */
export function faultText(fault: Fault): string {
  return `${fault.file}:${fault.line}:${fault.column}: ${fault.message} ${fault.instead}`;
}
