import { hookFetch, releaseFetch } from '../support/crashDoom';
import { buildRig, crash, crashesOf, undisturbed } from '../support/crashRig';
beforeAll(hookFetch); afterAll(releaseFetch);
test('probe', async () => {
  let t = Date.now(); const lap = (w: string) => { console.log(w, Date.now() - t); t = Date.now(); };
  const rig = await buildRig(Number(process.env['SEED'] ?? 1)); lap('build');
  const plan = { batchSize: 7, livesOn: false };
  const base = await undisturbed(rig, plan); lap('undisturbed');
  console.log(base.steps.length, base.steps.map((s) => s.name).join('\n'), JSON.stringify(base.summary, null, 1), JSON.stringify(base.state.doubles));
  const base2 = await undisturbed(rig, plan); lap('undisturbed2');
  const { differences } = require('../support/crashCompare');
  console.log(differences(base.state, base2.state, 60000));
  for (const each of crashesOf(base.steps, 1, 10)) { const d = await crash(rig, plan, base, each); lap(JSON.stringify(each) + base.steps[each.at]?.name); if (d.length) console.log(d.slice(0, 12)); }
  rig.close();
}, 120000);
