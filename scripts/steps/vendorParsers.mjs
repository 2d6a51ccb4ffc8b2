import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { capture } from './child.mjs';
import { ROOT } from './machine.mjs';

/*
 * What `concord setup --export` writes, and what setup deploys, as the vendors' own parsers read them. The parsers come from the npm registry: the
 * Salesforce one runs on Node 22 and later only. HubSpot's schemas of an app's settings are behind its API and not looked at here.
 */

/** Project configuration, places and ids of the components, and what would be uploaded. */
const HUBSPOT = `
import { parseProjectConfig, getProjectMetadata } from '@hubspot/project-parsing-lib/projects';
import { translate } from '@hubspot/project-parsing-lib/translate';
import path from 'node:path';
const folder = process.argv[2];
const config = parseProjectConfig(folder);
const projectSourceDir = path.join(folder, config.srcDir);
const { components } = await getProjectMetadata(projectSourceDir);
for (const type of ['app', 'webhooks']) if (components[type].count !== 1) throw new Error(type + ': found ' + components[type].count + ' where HubSpot looks for it');
const { intermediateRepresentation, skippedHsMetaFiles } = await translate({ projectSourceDir, platformVersion: config.platformVersion, accountId: 1 }, { skipValidation: true });
const nodes = Object.values(intermediateRepresentation.intermediateNodesIndexedByUid);
if (nodes.length !== 2 || (skippedHsMetaFiles ?? []).length > 0) throw new Error('read ' + nodes.length + ' components, skipped ' + (skippedHsMetaFiles ?? []).length);
for (const node of nodes) if (!node.uid || !node.config || !node.componentType) throw new Error('incomplete: ' + JSON.stringify(node).slice(0, 200));
console.log(nodes.map((node) => node.componentType + ' ' + node.uid).sort().join(', '));
`;

/** Source folder against manifest, source folder against the zip that setup sends, and the conversion of the one into the other. */
const SALESFORCE = `
const { ComponentSet, MetadataConverter, MetadataResolver } = require('@salesforce/source-deploy-retrieve');
const JSZip = require('jszip');
const fs = require('node:fs');
const path = require('node:path');
const names = (set) => [...new Set([...set].flatMap((one) => (one.getChildren && one.getChildren().length > 0 ? one.getChildren() : [one])).map((one) => one.type.name + ' ' + one.fullName))].filter((name) => !name.startsWith('CustomObject ')).sort();
(async () => {
  const [, , project, zip, out] = process.argv;
  const { packageDirectories } = JSON.parse(fs.readFileSync(path.join(project, 'sfdx-project.json'), 'utf8'));
  const source = [];
  for (const { path: folder } of packageDirectories) {
    const fsPaths = [path.join(project, folder)];
    const found = names(ComponentSet.fromSource({ fsPaths }).getSourceComponents());
    const file = path.join(project, 'manifest', folder === 'force-app' ? 'package.xml' : folder + '.xml');
    const named = [...(await ComponentSet.fromManifest({ manifestPath: file }))].map((one) => one.type.name + ' ' + one.fullName).sort();
    same(folder + ' and ' + path.basename(file), found, named);
    source.push(...found);
  }
  const archive = await JSZip.loadAsync(fs.readFileSync(zip), { checkCRC32: true });
  for (const [name, entry] of Object.entries(archive.files)) {
    fs.mkdirSync(path.dirname(path.join(out, 'zip', name)), { recursive: true });
    fs.writeFileSync(path.join(out, 'zip', name), await entry.async('nodebuffer'));
  }
  const deployed = await asSource(path.join(out, 'zip'), path.join(out, 'zip-as-source'));
  same('the source folder and the package that setup deploys', source.sort(), deployed);
  const all = ComponentSet.fromSource({ fsPaths: packageDirectories.map((one) => path.join(project, one.path)) });
  all.sourceApiVersion = '67.0';
  const converted = await new MetadataConverter().convert(all, 'metadata', { type: 'directory', outputDirectory: path.join(out, 'metadata'), genUniqueDir: false });
  same('the source folder and its conversion', source, await asSource(converted.packagePath, path.join(out, 'metadata-as-source')));
  console.log(source.length + ' components');
  // The library asks a server for the newest API version beside its work: whether that answers is none of our business.
  process.exit(0);
})().catch((error) => { console.error(error.message); process.exit(1); });
// A metadata package lists an object's children only once it is taken apart.
async function asSource(folder, to) {
  await new MetadataConverter().convert(new MetadataResolver().getComponentsFromPath(folder), 'source', { type: 'directory', outputDirectory: to, genUniqueDir: false });
  return names(new MetadataResolver().getComponentsFromPath(to));
}
function same(what, a, b) {
  const missing = [...a.filter((one) => !b.includes(one)).map((one) => '-' + one), ...b.filter((one) => !a.includes(one)).map((one) => '+' + one)];
  if (a.length === 0 || missing.length > 0) throw new Error(what + ' differ: ' + missing.join(', '));
}
`;

/** The zip of a deploy to an org that has nothing of Concord's, by the built program. */
const PACKAGE = `
const [, , root, out] = process.argv;
const from = (file) => require(require('node:path').join(root, 'dist', file));
const { readAgreement } = from('wire.js');
const { ownFieldNeeds, salesNeeds } = from('run/needs.js');
const { components } = from('crm/salesforce/setup/components.js');
const { deployFiles, zip } = from('crm/salesforce/setup/package.js');
const agreement = readAgreement('config/agreement.yaml');
require('node:fs').writeFileSync(out, zip(deployFiles({ components: components(ownFieldNeeds(agreement, 'salesforce'), salesNeeds(agreement)) }, '67.0')));
`;

/** Null: every parser took everything. Else what they said. */
export async function vendorParsers(folder, node) {
  const home = path.join(folder, 'vendor-parsers');
  mkdirSync(home);
  writeFileSync(path.join(home, 'package.json'), '{"private":true}');
  const run = async (program, args, options) => {
    const { code, output } = await capture(program, args, options);
    return { ok: code === 0, output: output.trim() };
  };
  const install = await run('npm', ['install', '--no-audit', '--no-fund', '@hubspot/project-parsing-lib@0.23.0', '@salesforce/source-deploy-retrieve@13.7.0'], { cwd: home, env: node.env });
  if (!install.ok) return install.output;
  for (const [name, program] of Object.entries({ 'hubspot.mjs': HUBSPOT, 'salesforce.cjs': SALESFORCE, 'package.cjs': PACKAGE })) writeFileSync(path.join(home, name), program);

  const out = path.join(home, 'export');
  const zip = path.join(home, 'deploy.zip');
  const steps = [
    [process.execPath, [path.join(ROOT, 'dist', 'cli', 'main.js'), 'setup', '--export', out, '--agreement', path.join(ROOT, 'config', 'agreement.yaml')], { cwd: home }],
    [process.execPath, [path.join(home, 'package.cjs'), ROOT, zip], { cwd: ROOT }],
    [node.program, ['hubspot.mjs', path.join(out, 'hubspot-app')], { cwd: home, env: node.env }],
    [node.program, ['hubspot.mjs', path.join(ROOT, 'config', 'hubspot-app')], { cwd: home, env: node.env }],
    [node.program, ['salesforce.cjs', path.join(out, 'salesforce'), zip, path.join(home, 'converted')], { cwd: home, env: node.env }],
  ];
  for (const [program, args, options] of steps) {
    const { ok, output } = await run(program, args, options);
    if (!ok) return output;
    process.stdout.write(`${output}\n`);
  }
  return null;
}
