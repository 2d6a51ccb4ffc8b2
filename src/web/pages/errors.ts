import express, { type Router } from 'express';
import { MESSAGE_CHANNELS } from '../../domain/notification';
import { PROBLEMS } from '../../domain/problem';
import { settleCause, settleLetters, type LetterAction } from '../../run/letters';
import { linksOf, type LinkOf } from '../../run/links';
import type { DeadLetter, DeadLetterCause, OutboxRow } from '../../store/port';
import type { Desk, Section } from '../desk';
import { html, type Html, type Piece } from '../html';
import { button, card, empty, facts, notice, pager, table } from '../pieces';
import { sentOf, textOf } from '../query';
import { problemIn } from '../texts/problems';
import type { Visit } from '../visit';
import { namesOf, recordName, type Named } from '../words';
import { recordLink } from './person';

export const ERRORS: Section = { path: '/errors', label: 'nav_errors', icon: 'errors', router: errorPages };

const CAUSES = 100;
const LETTERS = 50;
const MESSAGES = 50;

/** `/errors`: dead letters by root cause, with the remedy (W5); `/errors/cause`: the letters of one. Operators retry or drop one, or all of a cause. */
function errorPages(desk: Desk): Router {
  const { parts } = desk;
  const { store } = parts;
  const router = express.Router();

  router.get('/errors', async (req, res) => {
    const visit = desk.visit(req, res);
    const { say } = visit;
    const causes = await store.deadLetterCauses(CAUSES);
    const messages = await store.deadPosts([...MESSAGE_CHANNELS], null, MESSAGES);
    desk.show(req, res, {
      title: say('nav_errors'),
      lead: say('errors_lead'),
      body: html`${told(visit, textOf(req, 'done'), textOf(req, 'n'))}${causes.length === 0 && messages.length === 0 ? card({}, empty(say('errors_none'), say('errors_none_remedy'))) : ''}${causes.map((cause) => causeCard(visit, cause))}${messages.length === 0 ? '' : messagesCard(visit, messages)}`,
    });
  });

  router.get('/errors/cause', async (req, res) => {
    const cause = textOf(req, 'cause');
    const after = textOf(req, 'after');
    const letters = cause === null ? [] : await store.deadLetters({ state: 'open', cause, afterId: after, limit: LETTERS });
    const [first] = letters;
    if (cause === null || first === undefined) return desk.missing(req, res);
    const visit = desk.visit(req, res);
    const { say } = visit;
    const names = await namesOf(store, parts.agreement, letters.flatMap((letter) => letter.personId ?? []));
    const next = letters.length < LETTERS ? null : (letters.at(-1)?.id ?? null);
    return desk.show(req, res, {
      title: problemIn(visit.language, first.problem).message,
      above: [{ href: '/errors', title: say('nav_errors') }],
      body: html`${card({}, causeFacts(visit, first))}${card({ flush: true }, html`${lettersTable(visit, letters, names, await linksOf(store))}${pager(visit, '/errors/cause', { cause }, after, next)}`)}`,
    });
  });

  for (const action of ['retry', 'drop'] as const) {
    router.post(`/errors/${action}`, async (req, res) => {
      const n = await settle(action, { id: sentOf(req, 'id'), cause: sentOf(req, 'cause'), message: sentOf(req, 'message') });
      if (n === 0) return desk.missing(req, res);
      parts.log.info(action === 'retry' ? 'dead letters are to be tried again' : 'dead letters were dropped', { by: 'page', role: 'operator', letters: n });
      return desk.leadTo(res, `/errors?done=${action}&n=${n}`);
    });
  }
  return router;

  async function settle(action: LetterAction, { id, cause, message }: { id: string | null; cause: string | null; message: string | null }): Promise<number> {
    const now = parts.clock();
    if (id !== null) return (await settleLetters(store, await store.deadLetters({ state: 'open', ids: [id], limit: 1 }), action, now)).length;
    if (cause !== null) return settleCause(store, cause, action, now);
    if (message === null) return 0;
    const dead = (await store.posts([message])).filter((row) => row.state === 'dead');
    const keys = dead.map((row) => row.key);
    if (keys.length > 0) await store.transaction(null, (tx) => (action === 'retry' ? tx.repost(keys, now) : tx.dropPosts(keys)));
    return keys.length;
  }
}

function told({ say }: Visit, done: string | null, n: string | null): Piece {
  if ((done !== 'retry' && done !== 'drop') || n === null || !/^\d{1,9}$/.test(n)) return '';
  return html`<div role="status">${notice('good', say(done === 'retry' ? 'errors_retried' : 'errors_dropped', { n }))}</div>`;
}

/** A cause's forms; viewers see none. */
function forms(visit: Visit, fields: Record<string, string>, all: boolean): Piece {
  if (visit.login?.role !== 'operator') return '';
  const { say } = visit;
  return html`${button(visit, '/errors/retry', say(all ? 'errors_retry_all' : 'errors_retry'), { fields, small: !all, tone: all ? 'primary' : '' })} ${button(visit, '/errors/drop', say(all ? 'errors_drop_all' : 'errors_drop'), { fields, small: !all, tone: 'danger' })}`;
}

function causeFacts({ say, format, language }: Visit, { crm, object, field, problem, createdAt, lastTriedAt }: DeadLetter, oldestAt = createdAt, latestAt = lastTriedAt): Html {
  const words: [Piece, Piece][] = problem.vendorMessage === undefined ? [] : [[say('errors_words'), html`<span class="words">${problem.vendorMessage}</span>`]];
  return facts([
    [say('errors_where'), html`${recordName({ crm, object })}, ${field === null ? say('whole_record') : html`<code>${field}</code>`}`],
    [say('errors_remedy'), html`<strong>${problemIn(language, problem).remedy}</strong>`],
    [say('errors_whose'), say(`whose_${(PROBLEMS[problem.code] ?? PROBLEMS.unknown).whose}`)],
    ...words,
    [say('errors_oldest'), format.time(oldestAt)],
    [say('errors_latest'), format.time(latestAt)],
  ]);
}

function causeCard(visit: Visit, { cause, letters, sample, oldestAt, latestAt }: DeadLetterCause): Html {
  const { say, format, language } = visit;
  const title = problemIn(language, sample.problem).message;
  return card(
    { title, more: html`<span class="count">${format.number(letters)}</span> <code>${sample.problem.vendorCode ?? sample.problem.code}</code>` },
    html`<div class="stack">${causeFacts(visit, sample, oldestAt, latestAt)}<div class="row"><a class="button" href="/errors/cause?${new URLSearchParams({ cause }).toString()}">${say('errors_all_of')}</a>${forms(visit, { cause }, true)}</div>${visit.login?.role === 'operator' ? html`<p class="soft small">${say('errors_drop_about')}</p>` : ''}</div>`,
  );
}

function lettersTable(visit: Visit, letters: readonly DeadLetter[], names: ReadonlyMap<string, Named>, link: LinkOf): Html {
  const { say, format } = visit;
  const isOperator = visit.login?.role === 'operator';
  return table({
    id: 'letters',
    caption: say('errors_all_of'),
    rows: letters,
    columns: [
      { head: say('person'), names: true, cell: (letter) => (letter.personId === null ? say('errors_no_person') : html`<a href="/people/${encodeURIComponent(letter.personId)}">${names.get(letter.personId)?.name ?? letter.personId}</a>`) },
      { head: say('record'), cell: (letter) => where(letter, link) },
      { head: say('errors_value'), cell: (letter) => (letter.value === null ? html`<span class="soft">${say('nothing')}</span>` : html`<span class="words">${String(letter.value)}</span>`) },
      { head: say('errors_words'), cell: (letter) => html`<span class="words small">${letter.problem.vendorMessage ?? '–'}</span>` },
      { head: say('errors_tries'), number: true, cell: (letter) => format.number(letter.tries) },
      { head: say('errors_latest'), shrink: true, cell: (letter) => format.time(letter.lastTriedAt) },
      ...(isOperator ? [{ head: say('what'), shrink: true, cell: (letter: DeadLetter) => forms(visit, { id: letter.id }, false) }] : []),
    ],
  });
}

/** A letter about a record that could not be made has a person where others have an id. */
function where({ crm, object, recordId }: DeadLetter, link: LinkOf): Html {
  if (recordId === null || recordId.startsWith('person:') || (object !== 'contact' && object !== 'lead')) return html`${recordName({ crm, object })}`;
  return recordLink({ crm, object, id: recordId }, link);
}

function messagesCard(visit: Visit, rows: readonly OutboxRow[]): Html {
  const { say, format } = visit;
  const isOperator = visit.login?.role === 'operator';
  return card(
    { title: say('errors_messages'), flush: true },
    table({
      id: 'messages',
      caption: say('errors_messages'),
      quietCaption: true,
      rows,
      columns: [
        { head: say('what'), names: true, cell: (row) => row.text?.title ?? row.kind },
        { head: say('errors_where'), cell: (row) => say(`channel_${row.channel}`) },
        { head: say('errors_remedy'), cell: (row) => html`<span lang="en">${row.problem?.remedy ?? '–'}</span>` },
        { head: say('errors_tries'), number: true, cell: (row) => format.number(row.tries) },
        { head: say('since'), shrink: true, cell: (row) => format.time(row.createdAt) },
        ...(isOperator ? [{ head: say('outcome'), shrink: true, cell: (row: OutboxRow) => forms(visit, { message: row.key }, false) }] : []),
      ],
    }),
  );
}
