import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import express, { type Router } from 'express';

/*
 * The files that pages load. Each has its content's hash in its address, so that browsers keep it for a year and a new version is a new address.
 * A page needs none of the scripts: they only spare a reload.
 */

const FOLDER = join(__dirname, 'assets');
const FILES = {
  style: { path: join(FOLDER, 'style.css'), type: 'text/css; charset=utf-8' },
  icon: { path: join(FOLDER, 'icon.svg'), type: 'image/svg+xml' },
  htmx: { path: require.resolve('htmx.org/dist/htmx.min.js'), type: 'text/javascript; charset=utf-8' },
  uplot: { path: require.resolve('uplot/dist/uPlot.iife.min.js'), type: 'text/javascript; charset=utf-8' },
  uplotStyle: { path: require.resolve('uplot/dist/uPlot.min.css'), type: 'text/css; charset=utf-8' },
  charts: { path: join(FOLDER, 'charts.js'), type: 'text/javascript; charset=utf-8' },
} as const satisfies Record<string, { path: string; type: string }>;

export type AssetName = keyof typeof FILES;

export interface Assets {
  /** The address of a file, with its hash. */
  url(name: AssetName): string;
  /** To be mounted at `/assets`. Open to everybody: what it serves is the same for all. */
  router: Router;
}

interface Held {
  body: Buffer;
  packed: Buffer;
  type: string;
}

/** Reads every file once; throws where one is missing, which is an incomplete build. */
export function loadAssets(): Assets {
  const urls = new Map<AssetName, string>();
  const held = new Map<string, Held>();
  for (const name of Object.keys(FILES) as AssetName[]) {
    const { path, type } = FILES[name];
    const body = readFileSync(path);
    const file = `${name}.${createHash('sha256').update(body).digest('hex').slice(0, 16)}${path.slice(path.lastIndexOf('.'))}`;
    urls.set(name, `/assets/${file}`);
    held.set(file, { body, packed: gzipSync(body), type });
  }
  const router = express.Router();
  router.get('/:file', (req, res, next) => {
    const found = held.get(req.params.file);
    if (found === undefined) return next();
    res.set({ 'Content-Type': found.type, 'Cache-Control': 'public, max-age=31536000, immutable', Vary: 'Accept-Encoding' });
    if (req.acceptsEncodings('gzip') !== 'gzip') return void res.send(found.body);
    res.set('Content-Encoding', 'gzip').send(found.packed);
  });
  return { url: (name) => urls.get(name) ?? '', router };
}
