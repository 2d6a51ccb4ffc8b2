import express, { type Router } from 'express';
import { LANGUAGES } from '../../agreement/schema';
import type { Desk, Section } from '../desk';
import { html } from '../html';
import { LANGUAGE_NAMES } from '../layout';
import { card, table } from '../pieces';
import { WORDS } from '../texts/glossary';

export const GLOSSARY: Section = { path: '/glossary', label: 'nav_glossary', icon: 'glossary', router: glossaryPages };

/** `/glossary`: one word per thing; its name in the other languages beside it, since the two teams may not share one. */
function glossaryPages(desk: Desk): Router {
  const router = express.Router();
  router.get('/glossary', (req, res) => {
    const visit = desk.visit(req, res);
    const { say, language } = visit;
    const rows = [...WORDS].sort((a, b) => a.word[language].localeCompare(b.word[language], language));
    const others = LANGUAGES.filter((each) => each !== language);
    const caption = say('nav_glossary');
    desk.show(req, res, {
      title: caption,
      lead: say('glossary_lead'),
      body: card(
        { flush: true },
        table({
          id: 'words',
          caption,
          quietCaption: true,
          rows,
          columns: [
            { head: say('glossary_word'), names: true, cell: (row) => row.word[language] },
            { head: say('glossary_meaning'), cell: (row) => row.meaning[language] },
            ...others.map((other) => ({ head: LANGUAGE_NAMES[other], cell: (row: (typeof rows)[number]) => html`<span lang="${other}">${row.word[other]}</span>` })),
          ],
        }),
      ),
    });
  });
  return router;
}
