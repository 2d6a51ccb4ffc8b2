import type { DigestPoint } from '../../domain/digest';
import { asked, compared, point, reportLinks, type Making } from './making';
import { alignmentPoint, attention, dataPoint, goalsPoint, rejectionsPoint, slaPoint, waitingPoint } from './points';

/** The weekly numbers for both teams: what waits for a person first, then each team's week beside the one before. */
export async function weeklyPoints(making: Making): Promise<DigestPoint[]> {
  return [await attention(making), await marketing(making), await sales(making), await rejectionsPoint(making), await slaPoint(making), await waitingPoint(making), await goalsPoint(making), await alignmentPoint(making), await dataPoint(making)];
}

async function marketing(making: Making): Promise<DigestPoint> {
  const { agreement, say, sayReport } = making;
  const table = await compared(making, 'marketing', [
    { label: `${sayReport('entries')}: ${agreement.stageLabel('lead')}`, at: ['funnel', 'flow', 'lead', 'entries'] },
    { label: `${sayReport('entries')}: ${agreement.stageLabel('mql')}`, at: ['funnel', 'flow', 'mql', 'entries'] },
    { label: sayReport('handed_over'), at: ['rejections', 'acceptance', 'handed', 'handed'] },
    { label: sayReport('complete'), at: ['sla', 'marketing', 'complete', 'rate'] },
  ]);
  return point('marketing', say('marketing'), { tables: [table], links: reportLinks(making, await making.report('funnel', asked(making, 'period'))) });
}

async function sales(making: Making): Promise<DigestPoint> {
  const { agreement, say, sayReport } = making;
  const table = await compared(making, 'sales', [
    { label: sayReport('accepted'), at: ['rejections', 'acceptance', 'handed', 'accepted'] },
    { label: sayReport('rejected'), at: ['rejections', 'acceptance', 'handed', 'rejected'] },
    { label: sayReport('pending'), at: ['rejections', 'acceptance', 'handed', 'pending'] },
    { label: sayReport('acceptance_rate'), at: ['rejections', 'acceptance', 'handed', 'rate'] },
    { label: `${sayReport('entries')}: ${agreement.stageLabel('sql')}`, at: ['funnel', 'flow', 'sql', 'entries'] },
    { label: `${sayReport('entries')}: ${agreement.stageLabel('opportunity')}`, at: ['funnel', 'flow', 'opportunity', 'entries'] },
    { label: sayReport('won'), at: ['sources', 'wins', 'closed', 'won'] },
    { label: sayReport('lost'), at: ['sources', 'wins', 'closed', 'lost'] },
    { label: sayReport('bookings'), at: ['sources', 'wins', 'closed', 'bookings'] },
  ]);
  return point('sales', say('sales'), { tables: [table], links: reportLinks(making, await making.report('rejections', asked(making, 'period')), await making.report('sources', asked(making, 'period'))) });
}
