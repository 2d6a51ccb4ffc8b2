import { compileAgreement, type CompiledAgreement } from './compile';
import { crossChecks } from './checks';
import type { Fault, Finding, Path } from './fault';
import { holidayData } from './holidays';
import { get, isRecord, shown } from './raw';
import { Agreement } from './schema';
import { shapeFindings, type ShapeFinding } from './shapeFaults';
import { parseSource, type Source } from './source';

export type { CompiledAgreement, CompiledReason, CompiledStage } from './compile';
export { faultText, type Fault } from './fault';

export type LoadedAgreement = { ok: true; agreement: CompiledAgreement; warnings: Fault[] } | { ok: false; faults: Fault[] };

export interface LoadOptions {
  /** Answers the optional holiday package's export, or throws when it is not installed. Default: `require('date-holidays')`. */
  holidayPackage?: () => unknown;
}

/**
 * Reads an agreement file's text (YAML 1.2). All faults are told at once, in the file's order, each with its line and column (from 1) and what to write
 * instead: faults of YAML, of the shape, and of parts that do not fit together. `file` is only named in the faults. Never throws; reads no file.
 */
export function loadAgreement(text: string, file: string, options: LoadOptions = {}): LoadedAgreement {
  const source = parseSource(text);
  const syntax = source.syntax.map(({ line, column, message, instead }): Fault => ({ file, line, column, path: '', message, instead }));
  if (source.syntax.some((fault) => !fault.goesOn)) return { ok: false, faults: inOrder(syntax) };
  const { data } = source;
  if (!isRecord(data)) {
    const message = data === null || data === undefined ? 'The file is empty.' : `The file holds ${shown(data)}, not an agreement.`;
    return { ok: false, faults: [{ file, line: 1, column: 1, path: '', message, instead: 'Write `version: 1` and the sections that docs/agreement.md describes, or let `concord init` write the file.' }] };
  }
  const holidaysOf = holidayData(options.holidayPackage);
  const parsed = Agreement.safeParse(data);
  const crossed = crossChecks(data, holidaysOf !== null);
  const shaped = parsed.success ? [] : shapeFindings(parsed.error.issues, data);
  const findings = merge(shaped, crossed, data);
  const placed = findings.map((finding) => ({ finding, fault: place(finding, source, file) }));
  const faults = [...syntax, ...placed.flatMap(({ finding, fault }) => (finding.severity === 'fault' ? [fault] : []))];
  if (faults.length > 0 || !parsed.success) return { ok: false, faults: inOrder(faults) };
  const warnings = placed.flatMap(({ finding, fault }) => (finding.severity === 'warning' ? [fault] : []));
  return { ok: true, agreement: compileAgreement(parsed.data, holidaysOf ?? undefined), warnings: inOrder(warnings) };
}

/** Puts both kinds of findings together, so that one mistake is told once. */
function merge(shaped: readonly ShapeFinding[], crossed: readonly Finding[], data: unknown): Finding[] {
  const kept: ShapeFinding[] = [];
  for (const finding of shaped) {
    const condition = conditionAbove(finding.path);
    if (condition === null || get(data, ...condition) === undefined) kept.push(finding);
    else if (!crossed.some((other) => other.severity === 'fault' && isUnder(other.path, condition)) && !kept.some((other) => isUnder(other.path, condition)))
      // The clause-by-clause check found nothing that the schema objects to: the schema's word stands, for the condition as a whole.
      kept.push({ ...finding, path: condition, message: 'The condition has a form that is not known.', instead: 'Write clauses of one field and one operator, joined by any, all or not.' });
  }
  // Nor is a key that is there, misspelt, missing as well.
  const told = new Set(kept.flatMap(({ path, meant }) => [path.join('.'), ...(meant === undefined ? [] : [[...path.slice(0, -1), meant].join('.')])]));
  return [...kept, ...crossed.filter((finding) => !told.has(finding.path.join('.')))];
}

/** The path of the condition in which a path lies. */
function conditionAbove(path: Path): Path | null {
  const at = path.indexOf('when');
  return at === -1 ? null : path.slice(0, at + 1);
}

function isUnder(path: Path, ancestor: Path): boolean {
  return ancestor.every((step, index) => path[index] === step);
}

function place(finding: Finding, source: Source, file: string): Fault {
  const { line, column } = source.locate(finding.path, finding.at);
  return { file, line, column, path: finding.path.join('.'), message: finding.message, instead: finding.instead };
}

function inOrder(faults: Fault[]): Fault[] {
  return faults.sort((a, b) => a.line - b.line || a.column - b.column);
}
