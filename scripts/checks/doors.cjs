/*
 * "One door each": what may be done in one place only, as ESLint rules. Each rule is a selector of the syntax tree, the files that may, and a
 * sentence why. The rules about imports between folders live in .dependency-cruiser.cjs.
 */

const DOORS = {
  clock: {
    selectors: ["MemberExpression[object.name='Date'][property.name='now']", "NewExpression[callee.name='Date'][arguments.length=0]", "CallExpression[callee.name='Date'][arguments.length=0]"],
    allowed: ['src/wire.ts', 'src/sandbox/clock.ts', 'src/cli/**'],
    why: 'The machine’s clock is read in src/wire.ts (and cli, sandbox/clock.ts) only: everything else is given `now` or a clock, so that a run has one time and tests can set it. For a duration use performance.now().',
  },
  environment: {
    selectors: ["MemberExpression[object.name='process'][property.name='env']", "VariableDeclarator[init.name='process'] Property[key.name='env']"],
    allowed: ['src/config/load.ts'],
    why: 'Environment variables are read in src/config/load.ts only: there they are validated, named in .env.example, and kept from messages. Take what you need from Settings.',
  },
  terminal: {
    selectors: ["MemberExpression[object.name='console']", "CallExpression[callee.property.name='write'][callee.object.property.name=/^std(out|err)$/]"],
    allowed: ['src/cli/print.ts', 'src/cli/progress.ts'],
    why: 'Only src/cli/print.ts (and progress.ts) writes to the terminal: `--json` promises exactly one document on stdout. Return a result, or use the log.',
  },
  chance: {
    selectors: ["MemberExpression[object.name='Math'][property.name='random']", "CallExpression[callee.name='randomUUID']", "CallExpression[callee.name='randomBytes']"],
    files: ['src/core/**', 'src/domain/**', 'src/agreement/**'],
    allowed: [],
    why: 'Deciding is pure: the same evidence gives the same answer (L1). Ids and chance are given as arguments.',
  },
  zod: {
    selectors: ["ImportDeclaration[source.value=/^zod(\\u002F|$)/]", "ImportExpression[source.value=/^zod(\\u002F|$)/]", "CallExpression[callee.name='require'][arguments.0.value=/^zod(\\u002F|$)/]"],
    allowed: ['src/**/schema.ts'],
    why: 'zod is used in files named schema.ts only: what comes from outside is parsed at the boundary, once, and the rest works on types.',
  },
};

/** The ESLint plugin: one rule per door, `concord/<door>`. */
const plugin = {
  rules: Object.fromEntries(
    Object.entries(DOORS).map(([name, door]) => [
      name,
      {
        meta: { type: 'problem', schema: [], docs: { description: door.why }, messages: { door: door.why } },
        create: (context) => Object.fromEntries(door.selectors.map((selector) => [selector, (node) => context.report({ node, messageId: 'door' })])),
      },
    ]),
  ),
};

/** Flat-config entries that turn each rule on for its files and off behind its door. */
const doorConfigs = Object.entries(DOORS).map(([name, door]) => ({
  files: door.files ?? ['src/**/*.ts'],
  ...(door.allowed.length > 0 ? { ignores: door.allowed } : {}),
  plugins: { concord: plugin },
  rules: { [`concord/${name}`]: 'error' },
}));

module.exports = { DOORS, plugin, doorConfigs };
