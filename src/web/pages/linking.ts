import express, { type Router } from 'express';
import type { MirrorRecord } from '../../domain/record';
import type { Explanation } from '../../run/explain';
import { linkByHand } from '../../run/link';
import type { LinkOf } from '../../run/links';
import type { Desk } from '../desk';
import { html, type Html, type Piece } from '../html';
import { card, notice, unconfirmed, yesForm } from '../pieces';
import { isConfirmed, partOf, sentOf } from '../query';
import type { Visit } from '../visit';
import { nameOf, recordName } from '../words';

/* I8: an ambiguous person’s candidates, and an operator’s pick between them: what `concord link` does. */

/** Those of a person’s records that may be picked: a record that is gone is nobody’s any more. */
function candidatesOf(records: readonly MirrorRecord[]): { contacts: MirrorRecord[]; people: MirrorRecord[] } {
  const live = records.filter((record) => record.gone === undefined);
  return { contacts: live.filter(({ ref }) => ref.crm === 'hubspot'), people: live.filter(({ ref }) => ref.crm === 'salesforce' && (ref.object === 'lead' || ref.object === 'contact')) };
}

/** The candidates of a person who is held. Operators pick; to viewers they are listed. `isPicked`: the next run acts on a pick. */
export function linkCard(desk: Desk, visit: Visit, { person, records }: Explanation, link: LinkOf, { isUnconfirmed, isPicked }: { isUnconfirmed: boolean; isPicked: boolean }): Piece {
  if (person.held === null) return '';
  const { say, login } = visit;
  const { contacts, people } = candidatesOf(records);
  // A pick takes records apart until the next run joins them anew.
  if (isPicked || contacts.length + people.length === 0) return notice('info', say('link_waits'));
  const isOperator = login?.role === 'operator';
  const canPick = isOperator && contacts.length > 0 && people.length > 0;
  const list = (title: string, name: string, each: readonly MirrorRecord[]): Html => html`<fieldset><legend>${title}</legend>${each.map((record) => candidate(desk, visit, record, link, canPick ? name : null, each.length === 1))}</fieldset>`;
  const lists = html`<div class="grid wide">${contacts.length === 0 ? '' : list(say('link_contact'), 'hubspot', contacts)}${people.length === 0 ? '' : list(say('link_record'), 'salesforce', people)}</div>`;
  const lacks = contacts.length === 0 ? say('link_no_contact') : people.length === 0 ? say('link_no_record') : isOperator ? '' : say('link_operator');
  return card(
    { title: say('link_title'), about: say('link_about'), id: 'link' },
    canPick ? html`${unconfirmed(isUnconfirmed, say('link_unconfirmed'))}${yesForm(visit, `/people/${encodeURIComponent(person.id)}/link`, { body: lists, confirm: say('link_confirm'), label: say('link_do') })}` : html`<div class="stack">${lists}<p class="soft">${lacks}</p></div>`,
  );
}

/** `pick`: the name of the form’s value; null: only shown. */
function candidate({ parts }: Desk, { say, format }: Visit, record: MirrorRecord, link: LinkOf, pick: string | null, only: boolean): Html {
  const { name } = nameOf(parts.agreement, record.ref.id, [record]);
  const href = link(record.ref);
  const words = html`<span><strong>${name}</strong>${record.emails.filter((email) => email !== name).map((email) => html` <span class="words">${email}</span>`)}<br><span class="soft small">${recordName(record.ref)} · ${say('record_changed')}: ${format.time(record.modifiedAt)}</span></span>`;
  const opens = href === null ? '' : html` <a class="small tap" href="${href}" rel="noreferrer">${say('need_look')}<span class="hidden">: ${recordName(record.ref)}, ${say('opens_elsewhere')}</span></a>`;
  return pick === null ? html`<div class="candidate">${words}${opens}</div>` : html`<div class="candidate"><label class="check"><input type="radio" name="${pick}" value="${record.ref.id}" required${only ? html` checked` : ''}> ${words}</label>${opens}</div>`;
}

export function linkPages({ parts, ...desk }: Desk): Router {
  const { store } = parts;
  const router = express.Router();
  router.post('/people/:id/link', async (req, res) => {
    const [person] = await store.people([partOf(req, 'id')]);
    if (person === undefined) return desk.missing(req, res);
    const { contacts, people } = candidatesOf(await store.recordsOfPeople([person.id]));
    const [contact, record] = [contacts.find(({ ref }) => ref.id === sentOf(req, 'hubspot')), people.find(({ ref }) => ref.id === sentOf(req, 'salesforce'))];
    if (person.held === null || contact === undefined || record === undefined || !isConfirmed(req)) return desk.leadTo(res, `/people/${encodeURIComponent(person.id)}?confirm=link#link`);
    await linkByHand(store, contact.ref.id, record.ref.id);
    parts.log.warn('records were linked by hand', { by: 'page', role: 'operator', hubspot: contact.ref.id, salesforce: record.ref.id });
    return desk.leadTo(res, '/people?list=held&done=link');
  });
  return router;
}
