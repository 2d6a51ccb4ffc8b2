import express, { type Request, type Router } from 'express';
import { adoptedPortion, EVERYONE } from '../../run/portion';
import type { Desk } from '../desk';
import { html, type Html, type Piece } from '../html';
import { card, unconfirmed, yesForm } from '../pieces';
import { isConfirmed, sentOf } from '../query';
import type { Visit } from '../visit';

/* L7: adoption in portions, as `concord sync --portion N --allow-large-change` lets it out: on the page of the run that waits for a yes, then step by step. */

const STEPS = [1, 10, EVERYONE] as const;

/** How far adoption can be let go, from where it stands; nothing is chosen beforehand. */
export function portionChoice({ say, format }: Visit, done: number): Html {
  return html`<fieldset><legend>${say('portion_whom')}</legend>${STEPS.filter((step) => step > done).map((step) => html`<label class="check"><input type="radio" name="portion" value="${step}" required> ${step === EVERYONE ? say('portion_everybody') : say('portion_share', { share: format.percent(step / 100) })}</label>`)}</fieldset>`;
}

/** The portion that a form has chosen; null where it chose none that can be. */
export function portionSent(req: Request, done: number): number | null {
  return STEPS.find((step) => step > done && String(step) === sentOf(req, 'portion')) ?? null;
}

/** How far adoption has gone, while it has not reached everybody; operators let it go on. */
export async function portionCard({ parts }: Desk, visit: Visit, isUnconfirmed: boolean): Promise<Piece> {
  const done = await adoptedPortion(parts.store);
  if (done === null || done >= EVERYONE) return '';
  const { say, format, login } = visit;
  const ask = login?.role === 'operator' ? html`${unconfirmed(isUnconfirmed, say('portion_unconfirmed'))}${yesForm(visit, '/runs/portion', { body: portionChoice(visit, done), confirm: say('portion_confirm'), label: say('portion_do') })}` : '';
  return card({ title: say('portion_title'), about: say('portion_about', { share: format.percent(done / 100) }), id: 'portion' }, ask);
}

export function portionPages({ parts, ...desk }: Desk): Router {
  const router = express.Router();
  router.post('/runs/portion', async (req, res) => {
    const done = await adoptedPortion(parts.store);
    const portion = done === null ? null : portionSent(req, done);
    if (portion === null || !isConfirmed(req)) return desk.leadTo(res, '/runs?confirm=portion#portion');
    parts.log.warn('a larger portion was allowed', { by: 'page', role: 'operator', was: done, portion });
    parts.ask.allowed(portion);
    return desk.leadTo(res, '/runs');
  });
  return router;
}
