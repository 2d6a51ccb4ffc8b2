import { openPlace, type Place } from './support';

/* Section 6: secrets never appear in a log or an error; nor do e-mails, names, notes or the vendors' message texts in a log, at any level. */

describe('what the log says', () => {
  let place: Place;
  beforeAll(async () => {
    place = await openPlace();
  });
  afterAll(() => place.close());

  const personal = ['ana.secreta', 'Anastasia', 'Pazzolini', '5550199', 'Sin presupuesto', 'Rita Rep', 'must be Mexican', 'Cliente SA'];

  test('a debug log of runs with people, a rejection, a refusal and a fault names records by id only', async () => {
    const state = place.sandbox.salesforce.state;
    const marketer = place.sandbox.hubspot.state.act({ sourceType: 'CRM_UI', userId: 7 });
    const id = marketer.create('contacts', { email: 'ana.secreta@cliente.example', firstname: 'Anastasia', lastname: 'Pazzolini', company: 'Cliente SA', country: 'Mexico', phone: '5550199', lifecyclestage: 'lead' }).id;
    const lead = String(state.act(place.rep).create('Lead', { FirstName: 'Anastasia', LastName: 'Pazzolini', Company: 'Cliente SA', Email: 'ana.secreta@cliente.example', Country: 'Mexico' }));
    state.addValidationRule({ object: 'Lead', name: 'Phone', formula: 'NOT(ISBLANK(Phone)) && NOT(BEGINS(Phone, "+52"))', message: 'The phone of Anastasia must be Mexican', field: 'Phone' });
    await place.settle();
    const logs: string[] = [];
    const debug = async (code: number, args: string[]): Promise<void> => {
      const ended = await place.concord([...args, '--json'], { LOG_LEVEL: 'debug' });
      logs.push(ended.stderr);
      if (ended.code !== code) throw new Error(`${args.join(' ')} ended with ${ended.code ?? 'a signal'} instead of ${code}:\n${ended.stdout}\n${ended.stderr}`);
    };
    await debug(4, ['sync', '--allow-large-change']);
    state.act(place.rep).update('Lead', lead, { Status: 'Closed - Not Converted', Concord_Rejection_Reason__c: 'no_budget', Concord_Rejection_Note__c: 'Sin presupuesto, dice Anastasia' });
    place.sandbox.hubspot.state.act({ sourceType: 'FORM' }).update('contacts', id, { hubspotscore: '90' });
    await place.settle();
    await debug(0, ['sync']);
    await debug(0, ['sync', '--only', 'ana.secreta@cliente.example']);
    await debug(0, ['explain', 'ana.secreta@cliente.example']);
    place.sandbox.hubspot.faults.add({ match: { path: '/contacts(\\?|/search)' }, action: { do: 'answer', status: 400, body: { status: 'error', category: 'VALIDATION_ERROR', message: 'ana.secreta@cliente.example must be Mexican' } }, times: 0 });
    await debug(1, ['sync']);
    place.sandbox.hubspot.faults.clear();
    await debug(0, ['forget', 'ana.secreta@cliente.example', '--yes']);

    const log = logs.join('');
    expect(log).toContain('run started');
    const secrets = [place.env['HUBSPOT_ACCESS_TOKEN'], place.env['SALESFORCE_CLIENT_ID'], place.env['SALESFORCE_CLIENT_SECRET'], place.env['CONCORD_SECRET'], '00DWs000000Sbox'] as string[];
    expect([...secrets, ...personal].filter((text) => log.includes(text))).toEqual([]);
    for (const line of log.split('\n').filter((each) => each !== '')) expect(JSON.parse(line)).toMatchObject({ level: expect.stringMatching(/^(debug|info|warn|error)$/), message: expect.any(String), timestamp: expect.any(String) });
  });

  test('a quiet run says nothing on stderr at the default level', async () => {
    const ended = await place.concord(['sync', '--json']);
    expect(ended.stderr).toBe('');
  });
});
