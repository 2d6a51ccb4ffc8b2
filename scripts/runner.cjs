const { AsyncLocalStorage } = require('node:async_hooks');
const { createRequire } = require('node:module');

// Jest's own, found where Jest finds it.
const { default: runFile } = createRequire(require.resolve('jest/package.json'))('jest-circus/runner');

/** The storages that the present test file has used. */
const used = new Set();

const { run } = AsyncLocalStorage.prototype;
AsyncLocalStorage.prototype.run = function (...given) {
  used.add(this);
  return run.apply(this, given);
};

/**
 * Runs a test file as Jest does. Jest makes a storage for each file and leaves it alive, and Node 20 writes every live one into every promise: without
 * this the last files of a worker would pay for all before them.
 */
module.exports = async (...given) => {
  try {
    return await runFile(...given);
  } finally {
    for (const storage of used) storage.disable();
    used.clear();
  }
};
