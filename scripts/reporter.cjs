const { writeFileSync } = require('node:fs');
const path = require('node:path');

/** How `test/support/skips.ts` marks what this machine lacks, in the name of a describe block. */
const NEED = /\[needs ([^\]]+)\]/;

/** The counts of a Jest result: a suite that could not run is one failure; todo counts as skipped. */
function summarise(results) {
  return {
    passed: results.numPassedTests,
    failed: results.numFailedTests + results.numRuntimeErrorTestSuites,
    skipped: results.numPendingTests + results.numTodoTests,
  };
}

/** What was skipped and why, most first: one line per reason. `root` shortens file names. */
function skippedLines(results, root) {
  const reasons = new Map();
  for (const suite of results.testResults) {
    for (const test of suite.testResults) {
      if (test.status !== 'pending' && test.status !== 'todo') continue;
      const need = NEED.exec(test.ancestorTitles.join(' '));
      const reason = need === null ? `marked so in ${path.relative(root, suite.testFilePath)}` : `need ${need[1]}`;
      reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
    }
  }
  return [...reasons].sort((a, b) => b[1] - a[1]).map(([reason, count]) => `  ${count} ${count === 1 ? 'test' : 'tests'}: ${reason}`);
}

/** Jest reporter beside the default one: says loudly what was skipped, and leaves the counts in the file that CONCORD_TEST_SUMMARY names. */
class SummaryReporter {
  constructor(config) {
    this.root = config.rootDir;
  }

  onRunComplete(_contexts, results) {
    // A -t pattern skips by the caller's own wish: nothing to announce.
    const lines = process.argv.some((arg) => /^(-t|--testNamePattern)/.test(arg)) ? [] : skippedLines(results, this.root);
    if (lines.length > 0) process.stderr.write(`\nSKIPPED on this machine:\n${lines.join('\n')}\n\n`);
    const file = process.env.CONCORD_TEST_SUMMARY;
    if (file !== undefined) writeFileSync(file, JSON.stringify(summarise(results)));
  }
}

module.exports = SummaryReporter;
module.exports.summarise = summarise;
module.exports.skippedLines = skippedLines;
