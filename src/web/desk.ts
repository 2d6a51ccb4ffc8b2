import type { Request, Response, Router } from 'express';
import type { Assets } from './assets';
import type { Sessions } from './auth';
import { html, type Piece } from './html';
import { docOf, doorOf, frameOf } from './layout';
import type { IconName } from './icons';
import type { WebParts } from './parts';
import type { TextKey } from './texts';
import { visitOf, type Visit } from './visit';

/** A part of the dashboard: an entry of the navigation and the pages behind it. Every GET needs a login; every POST an operator and the form's token (see pages.ts). */
export interface Section {
  /** Where it begins: `/people`. */
  path: string;
  label: TextKey;
  icon: IconName;
  /** Serves full paths (`/people`, `/people/:id`). */
  router(desk: Desk): Router;
}

/** What a page consists of. */
export interface Content {
  title: string;
  /** A sentence under the heading. */
  lead?: Piece;
  /** Buttons and links beside the heading. */
  actions?: Piece;
  /** Where the page hangs: links to the pages above it. */
  above?: { href: string; title: string }[];
  body: Piece;
}

/** What every page works with. */
export interface Desk {
  parts: WebParts;
  sessions: Sessions;
  assets: Assets;
  sections: readonly Section[];
  visit(req: Request, res: Response): Visit;
  /** Answers with a whole page: in the frame, or without it for somebody who has not logged in. */
  show(req: Request, res: Response, content: Content, status?: number): void;
  /** Answers with a piece of a page, which a script puts in the place of an older one. */
  piece(res: Response, body: Piece): void;
  /** 404, in the frame. */
  missing(req: Request, res: Response, remedy?: string): void;
  /** After a form has done its work: leads to a page (303), so that a reload repeats nothing. */
  leadTo(res: Response, path: string): void;
}

export function createDesk(parts: WebParts, sessions: Sessions, assets: Assets, sections: readonly Section[]): Desk {
  const desk: Desk = {
    parts,
    sessions,
    assets,
    sections,
    visit: (req, res) => visitOf(parts, sessions, req, res),
    show(req, res, content, status = 200) {
      const visit = desk.visit(req, res);
      const body = visit.login === null ? doorOf(desk, visit, content) : frameOf(desk, visit, content);
      res.set('Cache-Control', 'no-store').status(status).type('html').send(docOf(desk, visit, content.title, body));
    },
    piece(res, body) {
      res.set('Cache-Control', 'no-store').type('html').send(html`${body}`.text);
    },
    missing(req, res, remedy) {
      const { say } = desk.visit(req, res);
      desk.show(req, res, { title: say('not_found'), lead: remedy ?? say('not_found_remedy'), body: html`<p><a class="button" href="/">${say('to_overview')}</a></p>` }, 404);
    },
    leadTo(res, path) {
      res.redirect(303, path);
    },
  };
  return desk;
}
