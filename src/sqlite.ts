import type BetterSqlite3 from 'better-sqlite3';

/** The Node-API that version 13 of the driver is built on (Node 22.14, 23.6 and newer). */
const NODE_API = 10;

/**
 * The package of the SQLite driver for a Node, by its Node-API version: `better-sqlite3` 12 on Node 20, 13 (under a name of its own) from Node 22.14 on. Version
 * 12 does not run on Node 24: its objects are freed outside of any context there, and the process aborts
 * (https://github.com/WiseLibs/better-sqlite3/issues/1515); 13 does not run on Node 20.
 */
export function driverPackage(nodeApi = Number(process.versions['napi'])): 'better-sqlite3' | 'better-sqlite3-napi' {
  return nodeApi >= NODE_API ? 'better-sqlite3-napi' : 'better-sqlite3';
}

/** Loads the driver. Throws what `require` throws where it is not installed or does not fit this Node. */
export function sqliteDriver(): typeof BetterSqlite3 {
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- an optional dependency, chosen by the version of Node
  return require(driverPackage()) as typeof BetterSqlite3;
}
