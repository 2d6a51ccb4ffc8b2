import { EventEmitter } from 'node:events';
import type { Response } from 'express';
import { stream } from '../../src/web/downloads';

/* What is written while a client takes its time. */

class Slow extends EventEmitter {
  written: string[] = [];
  ended = false;
  destroyed = false;
  headersSent = true;
  write(piece: string): boolean {
    this.written.push(piece);
    return false;
  }
  end(): void {
    this.ended = true;
  }
  destroy(): void {
    this.destroyed = true;
  }
}

const turns = async (): Promise<void> => {
  for (let n = 0; n < 10; n += 1) await new Promise((done) => setImmediate(done));
};

test('a piece is asked for when the one before has been taken; nothing is left listening', async () => {
  const client = new Slow();
  let asked = 0;
  const whole = stream(client as unknown as Response, async function* () {
    for (let n = 0; n < 20; n += 1) {
      asked += 1;
      yield await Promise.resolve(`${n};`);
    }
  });
  for (let n = 1; n <= 20; n += 1) {
    await turns();
    expect(asked).toBe(n);
    expect(client.listenerCount('close') + client.listenerCount('error')).toBeLessThanOrEqual(4);
    client.emit('drain');
  }
  await whole;
  expect(client.ended).toBe(true);
  expect(client.listenerCount('drain') + client.listenerCount('close') + client.listenerCount('error')).toBe(0);
});

test('a client that goes away ends the reading; a fault in the middle breaks the connection off', async () => {
  const gone = new Slow();
  let asked = 0;
  const left = stream(gone as unknown as Response, async function* () {
    for (;;) yield await Promise.resolve(`${(asked += 1)}`);
  });
  await turns();
  gone.destroyed = true;
  gone.emit('close');
  await left;
  expect(asked).toBeLessThanOrEqual(2);
  expect(gone.ended).toBe(false);

  const cut = new Slow();
  const failed = stream(cut as unknown as Response, async function* () {
    yield await Promise.resolve('half');
    throw new Error('the store is gone');
  });
  await turns();
  cut.emit('drain');
  await failed;
  expect([cut.ended, cut.destroyed]).toEqual([false, true]);
});
