import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** The project's folder. */
export const ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..', '..');

export function say(text) {
  process.stderr.write(`${text}\n`);
}

/** Numbers of a version, `20.19.0` → [20, 19, 0]; what is missing is 0. */
function numbers(version) {
  const parts = version.split('.').map((part) => Number.parseInt(part, 10) || 0);
  return [parts[0] || 0, parts[1] || 0, parts[2] || 0];
}

function compare(a, b) {
  const [x, y] = [numbers(a), numbers(b)];
  const at = x.findIndex((part, index) => part !== y[index]);
  return at < 0 ? 0 : x[at] - y[at];
}

/**
 * Null when this Node version fits `engines.node` of package.json (`>=20.19.0 <25`: a lower and an upper bound), else a sentence that says what to do.
 * This file and its neighbours keep to syntax that older versions can parse, so that the sentence is what people see.
 */
export function nodeFault(version = process.versions.node, range = JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8')).engines.node) {
  const lowest = /(?:^|\s)>=([\d.]+)/.exec(range);
  const beyond = /(?:^|\s)<([\d.]+)/.exec(range);
  const fits = (lowest === null || compare(version, lowest[1]) >= 0) && (beyond === null || compare(version, beyond[1]) < 0);
  return fits ? null : `Concord needs Node ${range}; this is Node ${version}. Install one of those versions (Node 22 or 24 for long-term support) and run the command again.`;
}
