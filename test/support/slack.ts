import nock from './nock';

/* Slack's side of an incoming webhook. No test reaches the real one. */

export const SLACK_URL = 'https://hooks.slack.com/services/T00000000/B00000000/secretsecretsecret';

export interface SlackPost {
  text: string;
  blocks: { type: string; text?: { type: string; text: string }; elements?: { text: string }[] }[];
}

export interface Slack {
  posts: SlackPost[];
  /** What is answered from now on. `null`: the connection breaks. */
  answer: { status: number; body: string; headers?: Record<string, string> } | null;
}

/** Answers every post until the end of the test. */
export function listenAsSlack(): Slack {
  const slack: Slack = { posts: [], answer: { status: 200, body: 'ok' } };
  const next = (): void => {
    nock('https://hooks.slack.com')
      .post('/services/T00000000/B00000000/secretsecretsecret')
      .reply((_uri, body, done) => {
        next();
        slack.posts.push(body as unknown as SlackPost);
        if (slack.answer === null) return done(new Error('connection broken'), [0, '']);
        done(null, [slack.answer.status, slack.answer.body, slack.answer.headers ?? {}]);
      });
  };
  next();
  return slack;
}

/** Everything that a post shows. */
export function shown(post: SlackPost | undefined): string {
  return (post?.blocks ?? []).flatMap((block) => [block.text?.text ?? '', ...(block.elements ?? []).map((each) => each.text)]).join('\n');
}
