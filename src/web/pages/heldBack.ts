import express, { type Router } from 'express';
import { releaseHeld } from '../../run/release';
import type { Hold, PersonRow } from '../../store/port';
import type { Desk } from '../desk';
import { html, type Html, type Piece } from '../html';
import { card, notice, unconfirmed, yesForm } from '../pieces';
import { isConfirmed, MOST, partOf, sentOf } from '../query';
import type { Visit } from '../visit';
import { contestsOf } from '../words';

/* W9, W12: what is held after a rollback or because others set it back, given back by an operator: what `concord release` does. */

/** On a person’s page. Viewers see none. */
export function releaseCard(visit: Visit, { id, notes }: PersonRow, holds: readonly Hold[], isUnconfirmed: boolean): Piece {
  const fields = [...new Set([...holds, ...contestsOf(notes)].map(({ field }) => field))].sort();
  if (fields.length === 0 || visit.login?.role !== 'operator') return '';
  const { say } = visit;
  const which = html`<label class="field">${say('release_field')} <select name="field"><option value="">${say('release_all')}</option>${fields.map((field) => html`<option value="${field}">${field}</option>`)}</select></label>`;
  return form(visit, `/people/${encodeURIComponent(id)}/release`, isUnconfirmed, fields.length > 1 ? which : '');
}

/** Where a run was rolled back. Null: nothing is held because of it. */
export async function releaseOfRun({ parts }: Desk, visit: Visit, run: string, isUnconfirmed: boolean): Promise<Piece> {
  const held = (await parts.store.holds({ run, limit: MOST })).length;
  if (held === 0 || visit.login?.role !== 'operator') return '';
  const { say, format } = visit;
  return form(visit, `/runs/${encodeURIComponent(run)}/release`, isUnconfirmed, html`<p>${say('release_of_run', { n: held >= MOST ? `${format.number(MOST)}+` : format.number(held) })}</p>`);
}

function form(visit: Visit, path: string, isUnconfirmed: boolean, body: Piece): Html {
  const { say } = visit;
  return card({ title: say('release_title'), about: say('release_about'), id: 'release' }, html`${unconfirmed(isUnconfirmed, say('release_unconfirmed'))}${yesForm(visit, path, { body, confirm: say('release_confirm'), label: say('release_do') })}`);
}

/** What the form has done, above the page that it leads to. */
export function released({ say }: Visit, done: string | null, n: string | null): Piece {
  return done !== 'release' || n === null || !/^\d{1,9}$/.test(n) ? '' : html`<div role="status">${notice('good', say('release_done', { n }))}</div>`;
}

export function releasePages({ parts, ...desk }: Desk): Router {
  const { store } = parts;
  const router = express.Router();
  router.post('/people/:id/release', async (req, res) => {
    const [person] = await store.people([partOf(req, 'id')]);
    if (person === undefined) return desk.missing(req, res);
    const path = `/people/${encodeURIComponent(person.id)}`;
    if (!isConfirmed(req)) return desk.leadTo(res, `${path}?confirm=release#release`);
    const field = sentOf(req, 'field') ?? undefined;
    const n = await releaseHeld(store, { personId: person.id }, field, parts.clock());
    parts.log.warn('held fields were given back', { by: 'page', role: 'operator', person: person.id, fields: n });
    return desk.leadTo(res, `${path}?done=release&n=${n}`);
  });
  router.post('/runs/:id/release', async (req, res) => {
    const row = await store.run(partOf(req, 'id'));
    if (row === null) return desk.missing(req, res);
    const path = `/runs/${encodeURIComponent(row.id)}/rollback`;
    if (!isConfirmed(req)) return desk.leadTo(res, `${path}?confirm=release#release`);
    const n = await releaseHeld(store, { run: row.id }, undefined, parts.clock());
    parts.log.warn('held fields were given back', { by: 'page', role: 'operator', run: row.id, fields: n });
    return desk.leadTo(res, `${path}?done=release&n=${n}`);
  });
  return router;
}
