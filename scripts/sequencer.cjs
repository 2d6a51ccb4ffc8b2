const { createRequire } = require('node:module');
const path = require('node:path');

// Jest's own, found where Jest finds it.
const { default: Sequencer } = createRequire(require.resolve('jest/package.json'))('@jest/test-sequencer');

/** What takes longest, longest first; a folder stands for its files. Begun last, one of these would keep one processor busy while the others wait. */
const LONGEST = [
  'test/faults/calls.test.ts',
  'test/browser',
  'test/cli/serve.test.ts',
  'test/replay',
  'test/bench/smoke.test.ts',
  'test/crash',
  'test/scenarios/feedback-many.test.ts',
  'test/cli/failures.test.ts',
  'test/cli/loop.test.ts',
  'test/cli/deadLetters.test.ts',
];

/** `tests` with the longest first; the others keep their order. `root`: the folder that the names in LONGEST are in. */
function longestFirst(tests, root) {
  const place = (test) => {
    const file = path.relative(root, test.path).split(path.sep).join('/');
    const at = LONGEST.findIndex((name) => file === name || file.startsWith(`${name}/`));
    return at === -1 ? LONGEST.length : at;
  };
  return [...tests].sort((a, b) => place(a) - place(b));
}

/** Jest goes by how long a file took the last time and, on a clean clone, by its size: the crash tests, whose files are a few lines, would come last. */
class LongestFirst extends Sequencer {
  sort(tests) {
    return longestFirst(super.sort(tests), path.join(__dirname, '..'));
  }
}

module.exports = LongestFirst;
module.exports.LONGEST = LONGEST;
module.exports.longestFirst = longestFirst;
