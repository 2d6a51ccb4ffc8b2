import { existsSync, readFileSync } from 'node:fs';
import { loadAgreement } from '../../agreement/load';
import type { CompiledAgreement } from '../../agreement/compile';
import { agreementFile, givenVariables, loadEnvFile, loadSettings } from '../../config/load';
import { saveVariables, writeWhole } from '../../config/files';
import { ConcordError, EXIT, type ExitCode } from '../../domain/problem';
import type { CrmPort } from '../../crm/port';
import { propose, type Answers, type Decision, type Looked } from '../../run/propose';
import { connectCrms, readAgreement, readAgreementText, shippedAgreement } from '../../wire';
import { unifiedDiff } from '../diff';
import { colors, hint, json, plain, say } from '../print';
import type { CommonOptions } from '../session';
import { answersOf, askAbout, type AnswerOptions } from './init/answers';
import { proveCredentials, type CredentialOptions } from './init/credentials';
import { foundIn, printFound } from './init/found';
import { Interview } from './init/interview';

export interface InitOptions extends CommonOptions, CredentialOptions, AnswerOptions {
  /** Take what is proposed, and leave what nothing tells marked in the file. */
  yes?: boolean;
  /** Replace an agreement that is there. */
  overwrite?: boolean;
}

const ENV_FILE = '.env';

/**
 * `concord init`: asks for the credentials, proves them and keeps them in `.env`; reads what both CRMs have; proposes the agreement's mappings from it and
 * writes them. Changes neither CRM. Without a terminal everything comes by flags or the environment, and a missing answer is exit 2 that names its flag.
 */
export async function init(options: InitOptions): Promise<ExitCode> {
  loadEnvFile(ENV_FILE);
  const interview = new Interview(process.stdin.isTTY === true && options.json !== true);
  const tell = (text: string): void => (options.json === true ? undefined : say(plain(text)));
  const closers: (() => Promise<void>)[] = [async () => interview.close()];
  try {
    const file = options.agreement ?? agreementFile();
    const start = startingFrom(file);
    const { hubspot, salesforce, kept } = await connect(options, start.agreement, interview, tell, closers);
    const found = foundIn(hubspot, salesforce);
    if (options.json !== true) printFound(found);

    const answers = answersOf(options, hubspot, salesforce);
    const proposal = await settle(options, start, hubspot, salesforce, answers, interview);
    check(proposal.text, file);
    const { state, diff } = await keep(options, file, proposal.text, interview);

    const open = proposal.decisions.filter(({ how }) => how === 'open');
    if (options.json === true) {
      json({ env: { file: kept.length === 0 ? null : ENV_FILE, written: kept }, found, decisions: proposal.decisions.map(({ id, what, value, how, why, flag }) => ({ id, what, value, how, why, flag })), agreement: { file, state, diff } });
    } else {
      if (state === 'unchanged') say(`\n${file} fits both CRMs as it is.`);
      if (state === 'written') say(`\n${colors.green('written')} ${file}`);
      if (open.length > 0) say(`${open.length} ${open.length === 1 ? 'value is' : 'values are'} marked “to decide” in it: ${open.map(({ id }) => id).join(', ')}.`);
      say(state === 'declined' ? '\nThe agreement was left as it is.' : '\nNext: concord check, then concord setup.');
    }
    return EXIT.done;
  } finally {
    for (const close of closers.reverse()) await close();
  }
}

interface Start {
  text: string;
  agreement: CompiledAgreement;
}

/** The agreement that is there, so that nothing people wrote is lost; the shipped one where there is none, or one with faults. */
function startingFrom(file: string): Start {
  if (existsSync(file)) {
    const text = readAgreementText(file);
    const loaded = loadAgreement(text, file);
    if (loaded.ok) return { text, agreement: loaded.agreement };
    hint(`${file} has ${loaded.faults.length} ${loaded.faults.length === 1 ? 'fault' : 'faults'} (concord check names them): the proposal begins with the agreement that Concord comes with.`);
  }
  const shipped = shippedAgreement();
  return { text: readFileSync(shipped, 'utf8'), agreement: readAgreement(shipped) };
}

/** Both CRMs looked at, and the names of the variables that were kept in `.env`. */
async function connect(options: InitOptions, agreement: CompiledAgreement, interview: Interview, tell: (text: string) => void, closers: (() => Promise<void>)[]): Promise<{ hubspot: Looked; salesforce: Looked; kept: string[] }> {
  let ports: { hubspot: CrmPort; salesforce: CrmPort };
  let kept: string[] = [];
  if (options.sandbox === true) {
    const { openSandboxSession } = await import('./sandbox');
    // Nothing else of .env concerns it, and what is there may have faults.
    const sandbox = await openSandboxSession(loadSettings({ HUBSPOT_API_VERSION: givenVariables().HUBSPOT_API_VERSION }));
    closers.push(sandbox.close);
    ports = await connectCrms(sandbox.settings, agreement);
  } else {
    const proven = await proveCredentials(options, agreement, interview, tell);
    kept = Object.keys(proven.given).sort();
    if (kept.length > 0) {
      saveVariables(ENV_FILE, proven.given);
      tell(`Kept in ${ENV_FILE}, for this user’s eyes only: ${kept.join(', ')}.`);
    }
    ports = proven;
  }
  closers.push(() => ports.hubspot.close(), () => ports.salesforce.close());
  const [hubspot, salesforce] = await Promise.all([look(ports.hubspot), look(ports.salesforce)]);
  return { hubspot, salesforce, kept };
}

async function look(port: CrmPort): Promise<Looked> {
  return { facts: await port.connect(), survey: await port.survey(), description: await port.describe() };
}

/** The proposal that everybody can live with: shown, asked about, made again with the answers. */
async function settle(options: InitOptions, start: Start, hubspot: Looked, salesforce: Looked, answers: Answers, interview: Interview): Promise<ReturnType<typeof propose>> {
  const again = (): ReturnType<typeof propose> => propose(start.text, start.agreement, hubspot, salesforce, answers);
  let proposal = again();
  const ofKind = (how: Decision['how']): Decision[] => proposal.decisions.filter((decision) => decision.how === how);
  for (const { id } of options.yes === true ? [] : ofKind('open')) {
    const decision = proposal.decisions.find((one) => one.id === id);
    if (decision?.how !== 'open' || decision.flag === null) continue;
    if (!interview.canAsk) throw new ConcordError({ code: 'missing_answer', message: `${decision.what}: ${decision.why}`, where: decision.flag, remedy: `Give ${decision.flag}${decision.choices.length === 0 ? '' : ` (one of ${decision.choices.map(({ value }) => value).slice(0, 20).join(', ')})`}, or --yes to leave it marked in the file.`, exit: EXIT.usage });
    if (await askAbout(decision, answers, interview)) proposal = again();
  }
  if (options.json !== true) printDecisions(proposal.decisions);
  if (interview.canAsk && options.yes !== true && ofKind('guessed').length > 0 && !(await interview.confirm('Take the guesses?'))) {
    for (const { id } of ofKind('guessed')) {
      const decision = proposal.decisions.find((one) => one.id === id);
      if (decision?.how === 'guessed' && (await askAbout(decision, answers, interview))) proposal = again();
    }
    printDecisions(proposal.decisions);
  }
  return proposal;
}

function printDecisions(decisions: readonly Decision[]): void {
  say('\nProposed for the agreement');
  for (const { what, value, how, why } of decisions) {
    if (how === 'kept') continue;
    const sign = how === 'open' ? colors.red('decide') : how === 'guessed' ? colors.yellow('guess ') : colors.green(how === 'answered' ? 'given ' : 'found ');
    say(`  ${sign} ${plain(what)}: ${plain(value ?? 'none')}  (${plain(why)})`);
  }
  const same = decisions.filter(({ how }) => how === 'kept').length;
  say(`  ${same} other ${same === 1 ? 'value fits' : 'values fit'} as they are.`);
}

/** What is written must load: answers may contradict each other (one status that opens and rejects). */
function check(text: string, file: string): void {
  const loaded = loadAgreement(text, file);
  if (loaded.ok) return;
  throw new ConcordError({
    code: 'bad_agreement',
    message: `the proposal has ${loaded.faults.length} ${loaded.faults.length === 1 ? 'fault' : 'faults'}, so it was not written:\n${loaded.faults.map((fault) => `  ${fault.path}: ${fault.message} ${fault.instead}`).join('\n')}`,
    where: file,
    remedy: 'Answer otherwise: --lead-status, --rejecting, --hubspot-status and --hubspot-rejecting name the statuses.',
    exit: EXIT.usage,
    details: loaded.faults,
  });
}

type Kept = { state: 'created' | 'written' | 'unchanged' | 'declined'; diff: string };

/** Never replaces an agreement without showing the difference first. */
async function keep(options: InitOptions, file: string, text: string, interview: Interview): Promise<Kept> {
  const before = existsSync(file) ? readFileSync(file, 'utf8') : null;
  if (before === text) return { state: 'unchanged', diff: '' };
  if (before === null) {
    writeWhole(file, text, 0o644);
    if (options.json !== true) say(`\n${colors.green('written')} ${file}`);
    return { state: 'created', diff: '' };
  }
  const diff = unifiedDiff(before, text, file);
  if (options.json !== true) {
    say('');
    for (const line of diff.split('\n').slice(0, -1)) say(line.startsWith('+') ? colors.green(plain(line)) : line.startsWith('-') ? colors.red(plain(line)) : plain(line));
  }
  if (options.overwrite !== true) {
    if (!interview.canAsk) throw new ConcordError({ code: 'would_overwrite', message: `${file} is there and differs from the proposal`, where: '--overwrite', remedy: 'Look at the difference, then give --overwrite, or --agreement with another file.', exit: EXIT.usage, details: diff });
    if (!(await interview.confirm(`\nWrite this to ${file}?`))) return { state: 'declined', diff };
  }
  writeWhole(file, text, 0o644);
  return { state: 'written', diff };
}
