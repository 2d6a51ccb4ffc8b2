import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import ts from 'typescript';

const ROOT = join(__dirname, '..', '..');
/** Below node_modules, so that packages are found from there as from the sources. */
const PLACE = join(ROOT, 'node_modules', '.cache', `bench-${process.pid}`);

/** What pages are served with. */
const ASSETS = join('src', 'web', 'assets');

/**
 * Product and bench as the JavaScript that the build makes of them, so that what is measured runs on plain Node: a loader that compiles on the fly
 * costs time and some 60 MB of its own. Made once per process; `discard` removes it.
 */
export function compile(): string {
  if (existsSync(PLACE)) return PLACE;
  for (const file of [...sources('src'), ...sources(join('scripts', 'bench'))]) {
    const { outputText } = ts.transpileModule(readFileSync(join(ROOT, file), 'utf8'), {
      fileName: file,
      compilerOptions: { target: ts.ScriptTarget.ES2023, module: ts.ModuleKind.CommonJS, esModuleInterop: true, isolatedModules: true },
    });
    const to = join(PLACE, file.replace(/\.ts$/, '.js'));
    mkdirSync(dirname(to), { recursive: true });
    writeFileSync(to, outputText);
  }
  cpSync(join(ROOT, ASSETS), join(PLACE, ASSETS), { recursive: true });
  return PLACE;
}

export function discard(): void {
  rmSync(PLACE, { recursive: true, force: true });
}

function sources(folder: string): string[] {
  return readdirSync(join(ROOT, folder)).flatMap((name) => {
    const path = join(folder, name);
    if (statSync(join(ROOT, path)).isDirectory()) return sources(path);
    return name.endsWith('.ts') ? [path] : [];
  });
}
