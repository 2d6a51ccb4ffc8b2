import { faultOf, givenVariables, loadSettings, type Settings } from '../../../config/load';
import type { EnvironmentName } from '../../../config/schema';
import type { CompiledAgreement } from '../../../agreement/compile';
import type { ConnectionFacts, CrmPort } from '../../../crm/port';
import { ConcordError, EXIT } from '../../../domain/problem';
import { connectHubspot, connectSalesforce } from '../../../wire';
import type { Interview, Question } from './interview';

/** The flags that answer for credentials, by the variable that keeps the answer. */
export const CREDENTIAL_FLAGS = {
  HUBSPOT_ACCESS_TOKEN: 'hubspotToken',
  HUBSPOT_API_URL: 'hubspotApiUrl',
  SALESFORCE_LOGIN_URL: 'salesforceLoginUrl',
  SALESFORCE_CLIENT_ID: 'salesforceClientId',
  SALESFORCE_CLIENT_SECRET: 'salesforceClientSecret',
  SALESFORCE_USERNAME: 'salesforceUsername',
  SALESFORCE_PRIVATE_KEY_FILE: 'salesforcePrivateKeyFile',
} as const satisfies Partial<Record<EnvironmentName, string>>;

type CredentialName = keyof typeof CREDENTIAL_FLAGS;
export type CredentialOptions = Partial<Record<(typeof CREDENTIAL_FLAGS)[CredentialName], string>>;
type Values = Partial<Record<EnvironmentName, string>>;

export interface Proven {
  settings: Settings;
  hubspot: CrmPort;
  salesforce: CrmPort;
  facts: { hubspot: ConnectionFacts; salesforce: ConnectionFacts };
  /** What flags or answers gave, and so is to be kept. Variables that were set already stay where they are. */
  given: Values;
}

const ATTEMPTS = 3;

const flagOf = (name: CredentialName): string => `--${CREDENTIAL_FLAGS[name].replace(/[A-Z]/g, (sign) => `-${sign.toLowerCase()}`)}`;

/**
 * Asks for what neither flags nor the environment give, and proves each CRM's credentials at once by a call. On a terminal a refused credential is asked for
 * again; without one the refusal is thrown (exit 2).
 */
export async function proveCredentials(options: CredentialOptions, agreement: CompiledAgreement, interview: Interview, tell: (text: string) => void): Promise<Proven> {
  const given: Values = {};
  for (const [name, flag] of Object.entries(CREDENTIAL_FLAGS) as [CredentialName, keyof CredentialOptions][]) {
    const value = options[flag]?.trim();
    if (value === undefined || value === '') continue;
    const fault = faultOf(name, value);
    if (fault !== null) throw new ConcordError({ code: 'bad_usage', message: `${flagOf(name)} ${fault}`, where: flagOf(name), remedy: '.env.example says what each value is.', exit: EXIT.usage });
    given[name] = value;
  }
  const known = (): Values => ({ ...givenVariables(), ...given });
  const settingsOf = (names: RegExp): Settings => loadSettings(Object.fromEntries(Object.entries(known()).filter(([name]) => names.test(name))));

  const hubspot = await prove(interview, given, [token], known, async () => {
    const { hubspot: credentials } = settingsOf(/^HUBSPOT_/);
    if (credentials === null) throw new Error('no HubSpot credentials after asking for them');
    return connectHubspot(credentials, agreement);
  });
  tell(`HubSpot: ${hubspot.facts.accountName} by ${hubspot.facts.credential}.`);
  const salesforce = await prove(interview, given, [loginUrl, clientId, clientSecret], known, async () => {
    const { salesforce: credentials } = settingsOf(/^SALESFORCE_/);
    if (credentials === null) throw new Error('no Salesforce credentials after asking for them');
    return connectSalesforce(credentials, agreement);
  });
  tell(`Salesforce: ${salesforce.facts.accountName} by ${salesforce.facts.credential}.`);
  return { settings: loadSettings(known()), hubspot: hubspot.port, salesforce: salesforce.port, facts: { hubspot: hubspot.facts, salesforce: salesforce.facts }, given };
}

interface Asked extends Question {
  name: CredentialName;
  /** Not asked while this holds. */
  needless?: (known: Values) => boolean;
}

const asked = (name: CredentialName, text: string, more: Partial<Asked> = {}): Asked => ({ name, text, flag: flagOf(name), fault: (answer) => faultOf(name, answer), ...more });

const token = asked('HUBSPOT_ACCESS_TOKEN', 'HubSpot token (of the project app, the service key or an existing private app; it is not shown)', { secret: true });
const loginUrl = asked('SALESFORCE_LOGIN_URL', 'Salesforce My Domain (https://acme.my.salesforce.com)');
const clientId = asked('SALESFORCE_CLIENT_ID', 'Consumer key of the External Client App (it is not shown)', { secret: true });
const clientSecret = asked('SALESFORCE_CLIENT_SECRET', 'Its consumer secret, for the client credentials flow (it is not shown)', {
  secret: true,
  needless: (known) => known.SALESFORCE_USERNAME !== undefined || known.SALESFORCE_PRIVATE_KEY_FILE !== undefined,
});

async function prove(interview: Interview, given: Values, questions: readonly Asked[], known: () => Values, connect: () => Promise<CrmPort>): Promise<{ port: CrmPort; facts: ConnectionFacts }> {
  for (let attempt = 1; ; attempt += 1) {
    for (const question of questions) {
      if (known()[question.name] !== undefined || question.needless?.(known()) === true) continue;
      given[question.name] = await interview.ask(question);
    }
    try {
      const port = await connect();
      return { port, facts: await port.connect() };
    } catch (error) {
      if (!(error instanceof ConcordError) || !interview.canAsk || attempt >= ATTEMPTS) throw error;
      interview.tell(`  ${error.message} ${error.remedy}`);
      for (const question of questions) if (question.needless?.(known()) !== true) given[question.name] = await interview.ask(question);
    }
  }
}
