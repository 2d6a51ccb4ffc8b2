import { isStageId, STAGES } from '../../domain/stage';
import type { Test } from '../../domain/report';
import { agreeing } from '../../core/measure/parity';
import { count, none, of, text } from '../cells';
import { all, known, unknown } from '../groups';
import type { Behind, Cell, ReportContext, ReportDefinition, Row } from '../model';

/** W11: both CRMs by stage, and everybody on whom they disagree. `concord report parity` without a figure names each with the reason. */
export const parity: ReportDefinition = {
  id: 'parity',
  by: [],
  period: null,
  whole: true,
  async build(context) {
    const { say, reader } = context;
    const stages = [...(await reader.parity())].sort((a, b) => placeOf(a.stage) - placeOf(b.stage));
    const rows: Row[] = stages.map((row) => {
      const here: Test = row.stage === NO_STAGE ? unknown('stage') : { column: 'stage', in: [row.stage] };
      const shows = (column: string): Behind => people({ column, in: [row.stage] }, COUNTED);
      return {
        id: row.stage,
        cells: {
          stage: text(labelOf(context, row.stage)),
          people: count(row.people, people(GOVERNED, here)),
          hubspot: count(row.hubspot, shows('shown_hubspot')),
          salesforce: count(row.salesforce, shows('shown_salesforce')),
          disagree: count(row.disagree, people(DISAGREEING, here)),
          rate: share(context, row, people(GOVERNED, here)),
        },
      };
    });
    if (rows.length > 0) {
      const sum = (column: 'people' | 'hubspot' | 'salesforce' | 'disagree'): number => stages.reduce((total, row) => total + row[column], 0);
      const total = { people: sum('people'), disagree: sum('disagree') };
      rows.push({
        id: 'total',
        cells: {
          stage: text(say('total')),
          people: count(total.people, people(GOVERNED)),
          hubspot: count(sum('hubspot'), people(known('shown_hubspot'), COUNTED)),
          salesforce: count(sum('salesforce'), people(known('shown_salesforce'), COUNTED)),
          disagree: count(total.disagree, people(DISAGREEING)),
          rate: share(context, total, people(GOVERNED)),
        },
      });
    }
    return {
      population: say('population_parity'),
      sections: [
        {
          id: 'stages',
          title: say('parity'),
          definition: say('def_parity'),
          columns: [
            { id: 'stage', label: say('stage'), kind: 'text' },
            { id: 'people', label: say('people'), kind: 'count' },
            { id: 'hubspot', label: say('shown_hubspot'), kind: 'count' },
            { id: 'salesforce', label: say('shown_salesforce'), kind: 'count' },
            { id: 'disagree', label: say('disagree'), kind: 'count' },
            { id: 'rate', label: say('agreement_share'), kind: 'rate' },
          ],
          rows,
          notes: [],
          notMeasured: [],
        },
      ],
    };
  },
};

/** What the store calls people without a stage. */
const NO_STAGE = 'none';

export const GOVERNED: Test = { column: 'in_scope', in: [1] };
export const DISAGREEING: Test = known('disagreement');
/** Whoever disagrees is counted whether governed or not, so that every difference has its list. */
const COUNTED: Test = { any: [GOVERNED, DISAGREEING] };

export function people(...tests: Test[]): Behind {
  return { of: 'people', where: all(...tests) };
}

function share({ say }: ReportContext, row: { people: number; disagree: number }, behind: Behind): Cell {
  const value = agreeing(row);
  return value === null ? none(say('why_none')) : of({ value }, behind);
}

function labelOf({ agreement, language, say }: ReportContext, stage: string): string {
  return isStageId(stage) ? agreement.stageLabel(stage, language) : say('no_stage');
}

function placeOf(stage: string): number {
  return isStageId(stage) ? STAGES.indexOf(stage) : STAGES.length;
}
