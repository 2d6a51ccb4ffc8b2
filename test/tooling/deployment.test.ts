import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { EXIT } from '../../src/domain/problem';
import { describeWith, SYSTEMD } from '../support/skips';
import { ROOT, valueOf } from './support';

/* What config/ offers for running Concord: a container file and a systemd unit. */

const text = (...path: string[]): string => readFileSync(join(ROOT, 'config', ...path), 'utf8');

describe('the container file', () => {
  const instructions = text('container', 'Dockerfile').replaceAll(/\\\n\s*/g, '').split('\n').filter((line) => /^[A-Z]/.test(line));
  const of = (name: string): string[] => instructions.filter((line) => line.startsWith(`${name} `)).map((line) => line.slice(name.length + 1));

  test('takes from the project only what is there and what its ignore file lets through: no credential, no data', () => {
    const taken = of('COPY').filter((line) => !line.startsWith('--from')).flatMap((line) => line.split(' ').slice(0, -1));
    const allowed = text('container', 'Dockerfile.dockerignore').split('\n').filter((line) => line !== '' && !line.startsWith('#'));

    expect(allowed[0]).toBe('*');
    expect(allowed.slice(1).map((line) => line.slice(1)).sort()).toEqual([...new Set(taken)].sort());
    expect(taken.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
  });

  test('its Node is one that Concord takes', () => {
    const versions = of('FROM').map((line) => /^node:(\d+)-/.exec(line)?.[1]);

    expect(new Set(versions).size).toBe(1);
    expect(valueOf('scripts/steps/machine.mjs', `m.nodeFault('${versions[0]}.99.0')`)).toBeNull();
  });

  test('runs as a user without rights and writes to its volume only', () => {
    expect([of('USER'), of('VOLUME')]).toEqual([['node'], ['/app/data']]);
  });

  test('its health check takes an empty port for none, as Concord does', () => {
    expect(of('HEALTHCHECK')[0]).toContain(`process.env.CONCORD_PORT || ${/CONCORD_PORT=(\d+)/.exec(of('ENV').join(' '))?.[1] ?? '?'}}/healthz`);
  });

  test('its health check passes on 200 and fails on anything else, and on nothing at all', async () => {
    const [command, ...args] = JSON.parse(/ CMD (\[.*\])$/.exec(of('HEALTHCHECK')[0] ?? '')?.[1] ?? '[]') as string[];
    const asked: (string | undefined)[] = [];
    let status = 200;
    const server = createServer((request, response) => {
      asked.push(request.url);
      response.writeHead(status).end();
    });
    await new Promise<void>((up) => server.listen(0, '127.0.0.1', up));
    const { port } = server.address() as AddressInfo;
    const check = (): Promise<number | null> =>
      new Promise((ended) => spawn(process.execPath, args, { env: { CONCORD_PORT: String(port) }, stdio: 'ignore' }).on('exit', ended));

    const answers = [await check()];
    status = 503;
    answers.push(await check());
    await new Promise((closed) => server.close(closed));
    answers.push(await check());

    expect(command).toBe('node');
    expect(answers).toEqual([0, 1, 1]);
    expect(asked).toEqual(['/healthz', '/healthz']);
  });
});

describe('the systemd unit', () => {
  const unit = text('systemd', 'concord.service');
  const value = (key: string): string | undefined => new RegExp(`^${key}=(.*)$`, 'm').exec(unit)?.[1];

  test('is not started again where a person has to act: wrong settings, the guard', () => {
    expect(value('RestartPreventExitStatus')).toBe(`${EXIT.usage} ${EXIT.guard}`);
  });

  test('may write only to its state folder, and gains no rights', () => {
    expect([value('ProtectSystem'), value('StateDirectory'), value('UMask'), value('NoNewPrivileges'), value('CapabilityBoundingSet')]).toEqual(['strict', 'concord', '0077', 'yes', '']);
    expect(unit).not.toMatch(/^(ReadWritePaths|MemoryDenyWriteExecute)=/m);
  });
});

describeWith(SYSTEMD, 'the systemd unit, as systemd reads it', (folder) => {
  test('has no fault', () => {
    const done = spawnSync(join(folder, 'systemd-analyze'), ['verify', '--man=no', join(ROOT, 'config', 'systemd', 'concord.service')], { encoding: 'utf8' });
    const ours = done.stderr.split('\n').filter((line) => line.includes('concord.service'));

    // The user and the program of another machine may be absent here; keys that systemd does not know may not.
    expect(ours.filter((line) => /Unknown|Invalid|Failed to parse|ignoring/i.test(line))).toEqual([]);
  });
});
