// Reads over real HTTP: what the client makes of a healthy Sidecar, whom it calls, and how many bytes it takes.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { SidecarTarget } from '../../src/controller/ports.ts';
import { createSidecarClient, sidecarClientDefaults } from '../../src/icarus/client.ts';
import { origin } from '../../src/icarus/connection.ts';
import { until } from '../support/cleanups.ts';
import { post, send } from '../support/sidecar-double/replay.ts';
import { type Fault, type SidecarDouble, startSidecarDouble } from '../support/sidecar-double.ts';
import { CLEANUP, faultOf, listen, operationOf, QUICK } from '../support/sidecar-rig.ts';

const HOST = '127.0.0.12';

let double: SidecarDouble;
let target: SidecarTarget;
const client = createSidecarClient({ callMs: 400, connectMs: 200 });

beforeEach(async () => {
  double = await startSidecarDouble({ host: HOST, ...QUICK });
  target = { uid: 'u', ip: HOST, port: double.port };
});

afterEach(() => double.close());

describe('a healthy Sidecar', () => {
  test('tells its state, the version of Cassandra, and an operation', async () => {
    const id = await operationOf(double, CLEANUP);
    expect(await client.cassandra(target)).toBe('NORMAL');
    expect(await client.version(target)).toBe('5.0.6');
    expect(await client.operation(target, id)).toMatchObject({ id, state: 'COMPLETED', keyspace: 'shop', jobs: 2 });
    expect(await client.operation(target, '00000000-0000-4000-8000-000000000000')).toBeNull();
    double.setNodeState('DOWN');
    expect(await client.cassandra(target)).toBe('UNKNOWN');
  });

  test('lists what is active, then all of the type, an id once, the later answer wins', async () => {
    const done = await operationOf(double, CLEANUP);
    double.settings.operationMs = Number.POSITIVE_INFINITY;
    await send(double, post('{"type":"flush","keyspace":"shop"}'));
    await send(double, post(JSON.stringify(CLEANUP)));
    const [, flush, running] = double.posts;
    double.fault({
      kind: 'rewrite',
      path: '/operations?state',
      body: (text) => text.replaceAll('"progress" : 0.0', '"progress" : 0.5'),
    });
    const list = await client.list(target, 'cleanup');
    expect(new Map(list.map(({ id, progress }) => [id, progress]))).toEqual(
      new Map([
        [running?.id, 0],
        [flush?.id, 0.5],
        [done, 1],
      ]),
    );
    expect(double.requests.slice(-2).map(({ path }) => path)).toEqual([
      '/operations?state=PENDING&state=RUNNING',
      '/operations?type=cleanup',
    ]);
  });

  test('sees a connection of its own for each call, and only what it needs to', async () => {
    const heads: unknown[] = [];
    const { server, port } = await listen(HOST, (request, response) => {
      heads.push(request.headers);
      response.end('{"nodeState":"NORMAL"}');
    });
    const sockets = new Set<unknown>();
    server.on('connection', (socket) => sockets.add(socket));
    await client.cassandra({ ...target, port });
    await client.cassandra({ ...target, port });
    expect(sockets.size).toBe(2);
    expect(heads[0]).toEqual({
      accept: 'application/json',
      connection: 'close',
      host: `${HOST}:${port}`,
      'user-agent': 'cassandra-cleanup-operator',
    });
    server.close();
  });

  test('an id goes into the path as one segment', async () => {
    await client.operation(target, '../status?x=1#y').catch(() => undefined);
    expect(double.requests.at(-1)?.path).toBe('/operations/..%2Fstatus%3Fx%3D1%23y');
  });

  test('the defaults are those that were decided', () => {
    expect(sidecarClientDefaults).toMatchObject({
      callMs: 10_000,
      connectMs: 3_000,
      answerBytes: 2 ** 20,
      listBytes: 2 ** 23,
      bufferedBytes: 2 ** 25,
    });
  });
});

describe('an address', () => {
  test.each([
    ['10.0.0.7', 'http://10.0.0.7:4567'],
    ['fd00::7', 'http://[fd00::7]:4567'],
  ])('%s is called at %s', (ip, url) => {
    expect(origin('http', { uid: 'u', ip, port: 4567 })).toBe(url);
  });

  test.each(['', 'sidecar.test', 'fe80::1%eth0', '10.0.0.7/x', '10.0.0.7@evil', '999.1.1.1'])(
    '%j is not called',
    async (ip) => {
      expect(await faultOf(client.cassandra({ uid: 'u', ip, port: 4567 }))).toMatchObject({ kind: 'unreachable' });
    },
  );

  test.each([0, -1, 70_000, 1.5, Number.NaN])('port %p is not called', async (port) => {
    expect(await faultOf(client.cassandra({ uid: 'u', ip: HOST, port }))).toMatchObject({ kind: 'unreachable' });
  });
});

describe('bytes', () => {
  test('a list just under its limit is read, one above it is no answer', async () => {
    const small = createSidecarClient({ listBytes: 1_000 });
    const padded = (length: number): Fault => ({ kind: 'answer', status: 200, body: `[${' '.repeat(length - 2)}]` });
    const remove = double.fault(padded(1_000));
    expect(await small.list(target, 'cleanup')).toEqual([]);
    remove();
    double.fault(padded(1_001));
    expect((await faultOf(small.list(target, 'cleanup'))).message).toMatch(/longer than 1000 bytes/);
  });

  test('all answers together stay under a limit, and its bytes are free again after any end', async () => {
    const tight = createSidecarClient({ bufferedBytes: 150_000, callMs: 600 });
    let poured = false;
    const pouring = await listen(HOST, (_request, response) => {
      response.write('['.padEnd(120_000), () => {
        poured = true;
      });
    });
    const stuck = faultOf(tight.list({ ...target, port: pouring.port }, 'cleanup'));
    await until(() => poured);
    const remove = double.fault({ kind: 'answer', status: 200, body: `[${' '.repeat(50_000)}]` });
    const second = () => tight.list(target, 'cleanup').catch(({ message }: Error) => message);
    // Until the first has read its bytes there is room for both.
    await until(async () => /too many answers are being read at once/.test(String(await second())));
    await stuck;
    expect(await tight.list(target, 'cleanup')).toEqual([]);
    remove();
    pouring.server.closeAllConnections();
    pouring.server.close();
  });
});
