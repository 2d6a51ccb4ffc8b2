import { createReadStream, existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'csv-parse';

/** A marketing-qualified lead of the data set. `origin` empty in the file is `unknown` here: nobody knows either way. */
export interface FunnelLead {
  id: string;
  /** `2018-02-01`. */
  firstContact: string;
  origin: string;
}

/** A deal closed from one of them. */
export interface FunnelDeal {
  leadId: string;
  /** `2018-02-26 19:58:54`. */
  wonAt: string;
}

export interface Funnel {
  leads: FunnelLead[];
  deals: FunnelDeal[];
}

/** Reads the two CSV files of a folder, found by their columns: `mql_id, first_contact_date, origin` and `mql_id, won_date`. Throws when one is missing. */
export async function readFunnel(folder: string): Promise<Funnel> {
  if (!existsSync(folder)) throw new Error(`there is no folder ${folder}`);
  const funnel: Funnel = { leads: [], deals: [] };
  for (const name of readdirSync(folder).filter((each) => each.endsWith('.csv')).sort()) {
    const rows = createReadStream(join(folder, name)).pipe(parse({ columns: true, bom: true, skip_empty_lines: true }));
    for await (const row of rows as AsyncIterable<Record<string, string>>) {
      const id = row['mql_id'];
      if (id === undefined || id === '') continue;
      if (row['won_date'] !== undefined) funnel.deals.push({ leadId: id, wonAt: row['won_date'] });
      else if (row['first_contact_date'] !== undefined) funnel.leads.push({ id, firstContact: row['first_contact_date'], origin: originOf(row['origin']) });
    }
  }
  if (funnel.leads.length === 0) throw new Error(`${folder} holds no CSV with the columns mql_id, first_contact_date and origin`);
  return funnel;
}

function originOf(text: string | undefined): string {
  const origin = (text ?? '').trim();
  return origin === '' ? 'unknown' : origin;
}

export interface OriginRow {
  origin: string;
  people: number;
  mql: number;
  customers: number;
  won: number;
}

/** What the files alone say: people, stages and won deals by origin. */
export function expectedByOrigin(funnel: Funnel): OriginRow[] {
  const won = new Map<string, number>();
  for (const deal of funnel.deals) won.set(deal.leadId, (won.get(deal.leadId) ?? 0) + 1);
  const rows = new Map<string, OriginRow>();
  for (const lead of funnel.leads) {
    const row = rows.get(lead.origin) ?? { origin: lead.origin, people: 0, mql: 0, customers: 0, won: 0 };
    const deals = won.get(lead.id) ?? 0;
    row.people += 1;
    row.won += deals;
    if (deals > 0) row.customers += 1;
    else row.mql += 1;
    rows.set(lead.origin, row);
  }
  return sorted([...rows.values()]);
}

export function sorted(rows: OriginRow[]): OriginRow[] {
  return rows.sort((a, b) => b.people - a.people || (a.origin < b.origin ? -1 : 1));
}
