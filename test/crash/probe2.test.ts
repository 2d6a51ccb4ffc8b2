import { hookFetch, releaseFetch, Doom } from '../support/crashDoom';
import { buildRig, copyOf, settingsOf } from '../support/crashRig';
import { connectStore } from '../../src/wire';
beforeAll(hookFetch); afterAll(releaseFetch);
test('probe', async () => {
  const rig = await buildRig(1);
  const copy = await copyOf(rig);
  const id = copy.sandbox.hubspot.state.byEmail('p21@firm21.example')!.id;
  const look = async (w: string) => { const st = await connectStore(settingsOf(copy.sandbox, copy.storeFile)); const [r] = await st.records([{ crm: 'hubspot', object: 'contact', id }]);
    const p = (await st.people([r!.personId!]))[0]!; console.log(w, JSON.stringify({ f: r!.fields['hs_lead_status'], l: r!.fields['lifecyclestage'], s: r!.since['hs_lead_status'], w: r!.written, stage: p.stage, st: p.state, m: r!.modifiedAt }), JSON.stringify((await st.recordsOfPeople([p.id])).map((x) => [x.ref, x.fields['hs_lead_status'], x.fields['Status'], x.since, x.written])), JSON.stringify((await st.openIntents(null, 500)).filter(e => e.personId === p.id).map(e => [e.crm, e.object, e.state, e.changes.map(c => [c.field, c.before, c.after])]))); await st.close(); };
  await copy.process(new Doom(58, 'after'), 7); await look('crashed');
  copy.clock.advance(61000);
  const d = new Doom(16, 'after'); await copy.process(d, 7); await look('again');
  for (let i = 0; i < 3; i++) {
  copy.clock.advance(61000);
  await copy.process(new Doom(null, 'after'));await look('end'+i); }
  await copy.close(); rig.close();
}, 120000);
