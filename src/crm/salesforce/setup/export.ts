import type { FieldNeed, ProjectFile, SalesNeeds } from '../../port';
import { API_VERSION } from '../api';
import { components } from './components';
import { manifest, sourceFiles } from './package';

/** Package directories of the source folder. What replaces an org's own settings stands apart, so that nobody deploys it with the rest. */
const MAIN = 'force-app';
const CONVERSION = 'lead-conversion';

/**
 * A source folder for the Salesforce CLI (`sf project deploy start --manifest manifest/package.xml`): the same components that setup deploys to an org
 * that has nothing of Concord's. Format: https://developer.salesforce.com/docs/atlas.en-us.sfdx_dev.meta/sfdx_dev/sfdx_dev_source_file_format.htm.
 */
export function sourceProject(needs: readonly FieldNeed[], sales: SalesNeeds | undefined): ProjectFile[] {
  const all = components(needs, sales);
  const folders = [
    { folder: MAIN, file: 'package.xml', some: all.filter(({ type }) => type !== 'LeadConvertSettings') },
    { folder: CONVERSION, file: 'lead-conversion.xml', some: all.filter(({ type }) => type === 'LeadConvertSettings') },
  ].filter(({ some }) => some.length > 0);
  const project = { packageDirectories: folders.map(({ folder }) => ({ path: folder, default: folder === MAIN })), name: 'concord', namespace: '', sfdcLoginUrl: 'https://login.salesforce.com', sourceApiVersion: API_VERSION };
  return [
    { path: 'sfdx-project.json', content: `${JSON.stringify(project, null, 2)}\n` },
    ...folders.flatMap(({ folder, file, some }) => [
      { path: `manifest/${file}`, content: manifest(some.map(({ type, body }) => ({ type, fullName: body.fullName })), API_VERSION) },
      ...sourceFiles(some).map(({ path, content }) => ({ path: `${folder}/${path}`, content })),
    ]),
  ];
}
