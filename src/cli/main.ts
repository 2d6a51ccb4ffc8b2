#!/usr/bin/env node
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { ConcordError, EXIT, type ExitCode } from '../domain/problem';
import { surviveOutput } from './output';
import { failure } from './print';
import type { CommonOptions } from './session';
import { compileLess } from './v8';

/* The command line (design.md section 6). Every command is loaded when it is called, so that `concord --help` starts at once. */

type Action = (options: never, ...args: never[]) => Promise<ExitCode>;

function buildProgram(finish: (code: ExitCode) => void, asJson: boolean): Command {
  const program = new Command('concord')
    .description('HubSpot for marketing, Salesforce for sales, one agreement between them.')
    .version('0.1.0')
    .configureHelp({ helpWidth: 100 });
  // With --json bad usage is a document like every other failure; the words for people would only repeat it.
  if (asJson) program.configureOutput({ writeErr: () => undefined });
  else program.showHelpAfterError('(concord --help lists the commands)');

  const add = (usage: string, description: string, load: () => Promise<Action>): Command => {
    const command = program.command(usage).description(description).option('--json', 'print one JSON document');
    command.action(async (...given: unknown[]) => {
      const args = given.slice(0, -2);
      const options = given.at(-2) as CommonOptions;
      try {
        const action = (await load()) as (options: unknown, ...args: unknown[]) => Promise<ExitCode>;
        finish(await action(options, ...args));
      } catch (error) {
        finish(failure(error, options.json === true));
      }
    });
    return command;
  };
  const syncOptions = (command: Command): Command =>
    command.addOption(new Option('--full', 'read everything anew').conflicts('only')).option('--only <email>', 'one person; moves no watermark', emailOf)
      .addOption(new Option('--portion <percent>', 'adopt as much of the people: 1, 10, all; later runs stay with them until more is asked for').argParser(percentOf).conflicts('only'));
  const large = 'a person’s decision to go over the guard’s limits';

  add('start', 'the main job: with .env the real CRMs, else the sandbox ones; then on the schedule', async () => (await import('./commands/start')).start)
    .option('--once', 'stop after the first runs')
    .option('--yes', 'write without asking')
    .option('--fresh', 'sandbox only: empty both CRMs and Concord’s memory of them first');
  const init = add('init', 'interview: credentials into .env, the agreement’s mappings from what both CRMs have', async () => (await import('./commands/init')).init)
    .option('--yes', 'take what is proposed; what nothing tells stays marked in the file')
    .option('--overwrite', 'replace an agreement that is there; the difference is shown first');
  for (const [flag, description] of INIT_TEXTS) init.option(flag, description);
  for (const [flag, description] of INIT_LISTS) init.option(flag, `${description}; repeatable`, (value: string, before: string[] | undefined) => [...(before ?? []), value]);
  add('check', 'credentials, permissions, limits, schema, agreement: each ok or what to do', async () => (await import('./commands/check')).check);
  add('setup', 'what both CRMs lack for the agreement; creates it, removes it again, or exports it as files', async () => (await import('./commands/setup')).setup)
    .addOption(new Option('--plan', 'only show it').conflicts('yes'))
    .option('--yes', 'do it without asking')
    .addOption(new Option('--remove', 'the way back: takes Concord out of both CRMs, but keeps the data').conflicts('export'))
    .addOption(new Option('--delete-data', 'with --remove: the fields too, with every value in them'))
    .addOption(new Option('--export <dir>', 'write it as files: a HubSpot project and a Salesforce DX source folder').conflicts(['plan', 'yes']))
    .addOption(new Option('--public-url <url>', 'with --export: where HubSpot finds `concord serve` (CONCORD_PUBLIC_URL)').argParser(webAddress));
  syncOptions(add('plan', 'a dry run: every write with its reason; nothing is sent', async () => (await import('./commands/sync')).plan));
  syncOptions(add('sync', 'one run', async () => (await import('./commands/sync')).sync))
    .addOption(new Option('--dry-run', 'the same as plan').conflicts('allowLargeChange'))
    .option('--allow-large-change', large);
  add('serve', 'schedules, webhooks, feedback passes, dashboard, HTTP interface; until stopped', async () => (await import('./commands/serve')).serve);
  add('explain <email-or-id>', 'a person: records, stage and why, handoffs, clocks, every write', async () => (await import('./commands/explain')).explainPerson);
  add('runs', 'the history of runs', async () => (await import('./commands/runs')).runs).option('--limit <n>', 'how many of the newest', numberFrom(1, 10_000), 20);
  add('rollback <run>', 'undo a run', async () => (await import('./commands/rollback')).rollbackRun)
    .option('--yes', 'write; without it only the plan is shown')
    .option('--allow-large-change', large);
  add('dead-letters [action] [ids...]', 'what could not be written, why, and what to do; retry or drop by id, or --all', async () => (await import('./commands/deadLetters')).deadLetters).option(
    '--all',
    'retry or drop all open ones',
  );
  add('link <hubspot-id> <salesforce-id>', 'RevOps picks: this contact and this record are one person', async () => (await import('./commands/link')).link);
  add('release <run-or-email> [field]', 'gives held or contested fields back', async () => (await import('./commands/release')).release);
  add('forget <email>', 'blanks a person in Concord’s memory; writes no CRM', async () => (await import('./commands/forget')).forgetPerson).option('--yes', 'really');
  add('report <name>', 'closed-loop reports: parity, funnel, rejections, sla, velocity, sources, attribution, goals, forecast, alignment, debt', async () => (await import('./commands/report')).report)
    .addOption(new Option('--format <format>', 'how to print it').choices(['table', 'json', 'csv', 'html', 'md']).conflicts('json'))
    .option('--from <date>', 'the first day, for example 2026-01-01')
    .option('--to <date>', 'the last day')
    .option('--by <dimension>', 'divided by source, campaign, owner, segment, month, week')
    .option('--source <value>', 'only people of this source; unknown: those without')
    .option('--campaign <value>', 'only people of this campaign')
    .option('--owner <name-or-id>', 'only leads of this owner')
    .option('--segment <value>', 'only people of this segment')
    .option('--people <figure>', 'lists the people behind a figure, for example acceptance.handed.pending');
  add('digest <name>', 'for both teams: weekly, the week’s numbers; review, the pack for the joint review', async () => (await import('./commands/digest')).digest)
    .addOption(new Option('--format <format>', 'how to print it').choices(['text', 'md', 'html', 'slack', 'json']).conflicts('json'))
    .option('--period <period>', 'a week such as 2026-W47, or days: 2026-11-02..2026-11-15')
    .option('--send', 'by the ways of the agreement; each period once')
    .option('--again', 'with --send: also when it has gone out before')
    .option('--held [date]', 'review: takes down that it was held, today or on a date');
  add('export <table>', 'everything remembered as CSV: people, passes, handoffs, transitions, deals, touches, writes, dead-letters', async () => (await import('./commands/export')).exportTable)
    .option('--personal', 'with what people wrote and what fields held: notes, words, values');
  for (const command of program.commands) command.option('--agreement <file>', 'another agreement file').option('--sandbox', 'work on the sandbox CRMs');

  add('what-if', 'replays the recorded evidence under a changed agreement: volume, acceptance, deadlines, missed deals', async () => (await import('./commands/whatIf')).whatIfAgreement)
    .requiredOption('--agreement <file>', 'the changed agreement; the one in force is CONCORD_AGREEMENT')
    .option('--days <n>', 'how far back', numberFrom(1, 3650), 90)
    .option('--people', 'name the people whose answer changes')
    .option('--sandbox', 'work on the sandbox CRMs');

  add('sandbox', 'runs the two local CRMs alone', async () => (await import('./commands/sandbox')).sandbox)
    .option('--fresh', 'empty them first')
    .option('--customised', 'instead of the sample world: empty accounts with statuses and stages of their own, for trying init')
    .option('--hubspot-port <port>', 'HubSpot’s port; 0: any free one', numberFrom(0, 65_535), 4010)
    .option('--salesforce-port <port>', 'Salesforce’s port; 0: any free one', numberFrom(0, 65_535), 4020)
    .option('--webhooks <url>', 'HubSpot sends its webhooks there, for example http://127.0.0.1:8080/webhooks/hubspot', loopbackUrl);
  return program;
}

/** Answers to what `init` asks. Secrets are better given by the environment: the arguments of a process can be seen by others. */
const INIT_TEXTS = [
  ['--hubspot-token <token>', 'HUBSPOT_ACCESS_TOKEN'],
  ['--hubspot-api-url <url>', 'HUBSPOT_API_URL'],
  ['--salesforce-login-url <url>', 'SALESFORCE_LOGIN_URL: the org’s My Domain'],
  ['--salesforce-client-id <key>', 'SALESFORCE_CLIENT_ID'],
  ['--salesforce-client-secret <secret>', 'SALESFORCE_CLIENT_SECRET (client credentials)'],
  ['--salesforce-username <name>', 'SALESFORCE_USERNAME (JWT bearer)'],
  ['--salesforce-private-key-file <file>', 'SALESFORCE_PRIVATE_KEY_FILE (JWT bearer)'],
  ['--company <name>', 'the company’s name'],
  ['--time-zone <zone>', 'for example America/Mexico_City'],
  ['--currency <code>', 'for example MXN'],
  ['--language <language>', 'en, es or pt-BR'],
  ['--mode <mode>', 'standalone or alongside (HubSpot’s own Salesforce integration)'],
  ['--score <property>', 'the HubSpot property that holds the score'],
] as const;
const INIT_LISTS = [
  ['--own-domain <domain>', 'an e-mail domain of the company itself'],
  ['--stage <stage=value>', 'the HubSpot lifecycle stage (internal value) that shows a stage'],
  ['--hubspot-status <stage=value>', 'the HubSpot lead status that shows a stage'],
  ['--lead-status <stage=value>', 'the Salesforce lead status that shows a stage'],
  ['--rejecting <status>', 'a Salesforce lead status with which sales says no'],
  ['--hubspot-rejecting <status>', 'a HubSpot lead status with which sales says no'],
] as const;

function numberFrom(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
    if (!(value >= least && value <= most)) throw new InvalidArgumentError(`It is a number from ${least} to ${most}.`);
    return value;
  };
}

/** L7: `1`, `10 %`, `all`. */
function percentOf(text: string): number {
  const [, digits] = /^(\d{1,3})\s*%?$/.exec(text.trim()) ?? [];
  const value = text.trim() === 'all' ? 100 : Number(digits ?? Number.NaN);
  if (!(value >= 1 && value <= 100)) throw new InvalidArgumentError('It is a whole percentage from 1 to 100, or all.');
  return value;
}

/** An https address without path; http on this machine. */
function webAddress(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  const isLocal = url?.protocol === 'http:' && ['127.0.0.1', 'localhost', '[::1]'].includes(url.hostname);
  if (url === null || !(url.protocol === 'https:' || isLocal) || url.pathname !== '/' || url.search !== '') throw new InvalidArgumentError('It is an https address such as https://concord.example.com.');
  return url.origin;
}

/** The sandbox never calls another machine. */
function loopbackUrl(text: string): string {
  if (!URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol) || !['127.0.0.1', 'localhost', '[::1]'].includes(new URL(text).hostname)) throw new InvalidArgumentError('It is a URL on this machine.');
  return text;
}

function emailOf(text: string): string {
  const email = text.trim().toLowerCase();
  if (!/^\S+@\S+$/.test(email)) throw new InvalidArgumentError('It is an e-mail address.');
  return email;
}

/** Runs one command; resolves with its exit code. */
export async function main(argv: string[]): Promise<ExitCode> {
  let code: ExitCode = EXIT.done;
  const asJson = (argv.includes('--') ? argv.slice(0, argv.indexOf('--')) : argv).includes('--json');
  const program = buildProgram((ended) => {
    code = ended;
  }, asJson);
  program.exitOverride();
  for (const command of program.commands) command.exitOverride();
  try {
    await program.parseAsync(argv, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) return failure(error, asJson);
    if (error.exitCode === 0) return EXIT.done;
    if (asJson) failure(new ConcordError({ code: 'bad_usage', message: error.message.replace(/^error: /, ''), where: argv[0] ?? 'concord', remedy: 'concord --help lists the commands, concord COMMAND --help a command’s options.', exit: EXIT.usage }), true);
    return EXIT.usage;
  }
  return code;
}

if (require.main === module) {
  compileLess();
  const output = surviveOutput();
  void main(process.argv.slice(2)).then((code) => {
    const lost = output.lost();
    process.exitCode = lost !== null && (code === EXIT.done || code === EXIT.deadLetters) ? failure(lost, false) : code;
  });
}
