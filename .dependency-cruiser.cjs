/*
 * Who may import whom. Every rule says why; the sentence is what a broken build prints. What may be *done* in one place only (the clock, the
 * environment, the terminal) is in scripts/checks/doors.cjs.
 */

/** A package, installed or not. */
const pkg = (...names) => names.map((name) => `(^|/)node_modules/${name}(/|$)|^${name}(/|$)`).join('|');
const src = (...folders) => `^src/(${folders.join('|')})(/|\\.ts$)`;

/** A folder of src that may import, of src, only what is listed (itself included). */
function folder(name, allowed, why, more = {}) {
  return { name: more.name ?? `${name}-knows-its-place`, severity: 'error', comment: why, from: { path: src(name), ...more.from }, to: { path: '^src/', pathNot: [src(name, ...allowed), ...(more.alsoAllowed ?? [])] } };
}

/** A package that only the given places may import. */
function oneDoor(name, packages, doors, why, more = {}) {
  return { name: `one-door-for-${name}`, severity: 'error', comment: why, from: { path: '^(src|scripts|test)/', pathNot: doors, ...more.from }, to: { path: pkg(...packages), ...more.to } };
}

module.exports = {
  forbidden: [
    { name: 'no-cycle', severity: 'error', comment: 'Two modules that need each other are one module, or a third one is missing between them. Types may refer to each other.', from: { path: '^src/' }, to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } } },
    { name: 'no-unresolvable', severity: 'error', comment: 'The import leads nowhere.', from: { path: '^src/' }, to: { couldNotResolve: true, path: '^\\.' } },
    { name: 'no-test-in-src', severity: 'error', comment: 'The program does not know its tests or scripts.', from: { path: '^src/' }, to: { path: '^(test|scripts)/' } },

    folder('domain', [], 'domain is the nouns that everything shares: if it imported anything, everything would.', { name: 'domain-imports-nothing' }),
    { name: 'domain-needs-no-package', severity: 'error', comment: 'domain is the nouns that everything shares: plain types and tables, without a library or Node behind them.', from: { path: src('domain') }, to: { pathNot: '^src/' } },
    folder('agreement', ['domain'], 'The agreement is read and compiled without knowing any CRM, store or run.'),
    folder('core', ['domain', 'agreement'], 'core decides from values alone (L1): a CRM, a store or a run inside it could not be tested exhaustively.', { name: 'core-stays-pure' }),
    { name: 'core-needs-no-machine', severity: 'error', comment: 'core decides from values alone (L1): no network, file, process or library but luxon’s calendar.', from: { path: src('core') }, to: { pathNot: ['^src/', pkg('luxon'), pkg('@types/luxon')] } },
    { name: 'agreement-needs-no-network', severity: 'error', comment: 'The agreement is a text: no network, process or database behind it.', from: { path: src('agreement') }, to: { path: '^(node:)?(http|https|http2|net|tls|dgram|dns|child_process|worker_threads|cluster)$' } },
    folder('config', ['domain'], 'Settings are read before anything else exists.'),
    folder('log', ['domain'], 'Everything logs; a log that imports what it serves makes a cycle.'),
    folder('crm', ['domain', 'log'], 'An adapter translates a CRM and nothing more: it never reads the store, decides, or knows of runs.'),
    { name: 'vendors-apart', severity: 'error', comment: 'The two adapters share crm/port.ts and crm/pace.ts only: what one CRM does must not leak into the other.', from: { path: '^src/crm/(hubspot|salesforce)/' }, to: { path: '^src/crm/(hubspot|salesforce)/', pathNot: '^src/crm/$1/' } },
    folder('store', ['domain', 'log', 'sqlite'], 'The store remembers and never decides.'),
    folder('report', ['domain', 'agreement', 'core'], 'Reports count what is stored: no CRM, run, terminal or page behind them, so that every entrance shows the same figures.', { alsoAllowed: ['^src/store/(port|reportPort)\\.ts$'] }),
    folder('run', ['domain', 'agreement', 'core', 'report', 'log'], 'A run works through the ports (crm/port.ts, store/port.ts, store/connection.ts), so that any adapter and either database can stand behind them.', {
      name: 'run-knows-only-ports',
      alsoAllowed: ['^src/(crm|store)/port\\.ts$', '^src/store/(connection|reportPort)\\.ts$'],
    }),
    { name: 'run-takes-ports-as-types', severity: 'error', comment: 'A run is given its CRMs and its store; a port imported as a value is one it makes itself.', from: { path: src('run') }, to: { path: '^src/(crm|store)/port\\.ts$', dependencyTypesNot: ['type-only'] } },
    folder('(notify|schedule|web|cli)', ['notify', 'schedule', 'domain', 'agreement', 'config', 'run', 'report', 'core/measure', 'log', 'wire'], 'Entrances translate a wish into a run and its result into words; rules live in core, adapters behind wire.ts.', {
      name: 'entrances-hold-no-rules',
      alsoAllowed: ['^src/(crm|store)/port\\.ts$', '^src/cli/commands/(start|sandbox)\\.ts$'],
      from: { pathNot: '^src/cli/commands/(start|sandbox)\\.ts$' },
    }),
    { name: 'wire-is-for-entrances', severity: 'error', comment: 'wire.ts joins the parts for the command line, scripts and tests; a part that imports it could reach everything.', from: { path: '^src/', pathNot: [src('cli'), src('wire')] }, to: { path: src('wire') } },
    { name: 'wire-never-imports-sandbox', severity: 'error', comment: 'The product does not carry its own stand-ins: the sandbox is reached over HTTP like any CRM.', from: { path: src('wire') }, to: { path: src('sandbox') } },
    folder('sandbox', ['domain', 'sqlite'], 'A stand-in that shares code with what it stands in for agrees with its mistakes.', { name: 'sandbox-never-imports-crm' }),
    { name: 'sandbox-is-apart', severity: 'error', comment: 'Only cli/commands/sandbox.ts and start.ts open the sandbox: nothing else in the product knows that it exists.', from: { path: '^src/', pathNot: [src('sandbox'), '^src/cli/commands/(start|sandbox)\\.ts$'] }, to: { path: src('sandbox') } },

    oneDoor('hubspot', ['@hubspot/api-client'], ['^src/crm/hubspot/', '^test/(crm|contract|sandbox)/', '^scripts/'], 'HubSpot’s client is used in src/crm/hubspot only, under our transport (and by scripts and tests that play somebody else): elsewhere it has no time-out, no pacing and its own retries.'),
    oneDoor('jsforce', ['jsforce', '@jsforce/jsforce-node'], ['^src/crm/salesforce/', '^test/(crm|contract|sandbox)/', '^scripts/'], 'jsforce is used in src/crm/salesforce only, with its version and time-outs set and its retries off (and by scripts and tests that play somebody else).'),
    oneDoor('retries', ['cockatiel'], ['^src/crm/pace\\.ts$', '^test/crm/'], 'There is one retry and pacing loop, src/crm/pace.ts: a second one multiplies the first.'),
    oneDoor('sql', ['kysely', 'pg', 'pg-boss'], ['^src/store/', '^src/schedule/', '^test/(store|contract|support|faults)/', '^test/support\\.ts$'], 'Only the store speaks SQL.'),
    oneDoor('sqlite', ['better-sqlite3', 'better-sqlite3-napi'], ['^src/sqlite\\.ts$'], 'src/sqlite.ts knows which driver fits this Node.', { to: { dependencyTypesNot: ['type-only'] } }),
    { name: 'sqlite-for-two', severity: 'error', comment: 'SQLite is opened by the store and by the sandbox’s database.ts, each for its own files.', from: { path: '^src/', pathNot: ['^src/store/sqlite\\.ts$', '^src/sandbox/database\\.ts$'] }, to: { path: '^src/sqlite\\.ts$' } },
    oneDoor('express', ['express'], ['^src/(web|sandbox)/', '^test/'], 'HTTP is served by src/web and by the sandbox.'),
    oneDoor('winston', ['winston'], ['^src/log/', '^test/log/'], 'src/log is the one way to a log: there everything is redacted.'),
    oneDoor('nodemailer', ['nodemailer'], ['^src/notify/', '^test/notify/'], 'E-mail is sent by src/notify/email.ts only: there the connection is encrypted, has a deadline and reads no files or URLs.'),
    oneDoor('node-cron', ['node-cron'], ['^src/schedule/', '^test/schedule/'], 'When something happens is decided in src/schedule.'),
    oneDoor('nock', ['nock'], ['^test/support/nock\\.ts$'], 'nock is for odd replies: it takes every request of its process apart, so one file loads it and gives back what it has taken. Stories and laws run against the sandbox, which has state.'),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)(dist|coverage)/' },
    tsPreCompilationDeps: true,
    combinedDependencies: false,
    enhancedResolveOptions: { extensions: ['.ts', '.mjs', '.cjs', '.js', '.json'], exportsFields: ['exports'], conditionNames: ['require', 'node', 'default'] },
  },
};
