// The rest of the faults list over real HTTP: what a whole double cannot do (bytes by hand, other hosts, a Sidecar that dies at
// every point of its answer), and what is no fault at all (a full pool, a long list). Which line is held where: faults-list.test.ts.
import { createServer, type Socket } from 'node:net';
import { afterEach, describe, expect, test } from '@jest/globals';
import type { SidecarClient } from '../../src/controller/ports.ts';
import { createSidecarClient } from '../../src/icarus/client.ts';
import { LIST_OPERATIONS } from '../../src/icarus/list-reader.ts';
import { post, send } from '../support/sidecar-double/replay.ts';
import { startSidecarDouble } from '../support/sidecar-double.ts';
import { CLEANUP, faultOf, listen, QUICK, UNKNOWN_ID } from '../support/sidecar-rig.ts';

const HOST = '127.0.0.16';
const OTHER_HOST = '127.0.0.17';
const MARGIN_MS = 5_000;
const SECRET = 's3cret';
const client = createSidecarClient({ callMs: 800, connectMs: 200 });
const target = (port: number) => ({ uid: 'u', ip: HOST, port });
const submit = (port: number, by = client) =>
  by.submit(target(port), CLEANUP, () => undefined, new AbortController().signal);

const ends: (() => void)[] = [];
afterEach(() => {
  for (const end of ends.splice(0)) end();
});

/** A TCP server that does this to every connection once something has come in on it. */
async function raw(answer: (socket: Socket) => void): Promise<number> {
  const server = createServer((socket) => {
    ends.push(() => socket.destroy());
    socket.on('error', () => undefined).once('data', () => answer(socket));
  });
  ends.push(() => server.close());
  await new Promise<void>((resolve) => server.listen(0, HOST, resolve));
  return (server.address() as { port: number }).port;
}

async function page(body: string, status = 200): Promise<number> {
  const { server, port } = await listen(HOST, (_request, response) => response.writeHead(status).end(body));
  ends.push(() => server.close());
  return port;
}

/** What a call ended in, and after how long. */
async function timed(call: (by: SidecarClient) => Promise<unknown>, callMs: number) {
  const began = performance.now();
  const fault = await faultOf(call(createSidecarClient({ callMs, connectMs: 200 })));
  expect(fault.message).not.toContain(SECRET);
  return { fault, ms: performance.now() - began };
}

function operation(n: number): object {
  const id = `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;
  return {
    type: 'cleanup',
    id,
    state: 'COMPLETED',
    progress: 1,
    errors: [],
    keyspace: 'shop',
    tables: ['orders'],
    jobs: 2,
  };
}

function listOf(count: number): string {
  return JSON.stringify(Array.from({ length: count }, (_, n) => operation(n)));
}

describe('a byte a second', () => {
  test.each([
    ['of a body', '{"nodeState":"NORMAL"}', (by: SidecarClient, port: number) => by.cassandra(target(port))],
    ['of a list', '[{"type":"cleanup"}]', (by: SidecarClient, port: number) => by.list(target(port), 'cleanup')],
  ])('%s does not stretch the total deadline', async (_name, body, call) => {
    const port = await raw((socket) => {
      socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n`);
      let sent = 0;
      const timer = setInterval(() => socket.write(body[sent++] ?? ''), 1_000);
      socket.once('close', () => clearInterval(timer));
    });
    const { fault, ms } = await timed((by) => call(by, port), 2_500);
    expect(fault).toMatchObject({ kind: 'unreachable', message: expect.stringMatching(/no answer within 2.5 s/) });
    expect(ms).toBeLessThan(2_500 + MARGIN_MS);
  });

  test.each([
    [
      'headers that go on for ever',
      (socket: Socket) => socket.write('X-A: b\r\n'),
      /HPE_HEADER_OVERFLOW|no answer within/,
    ],
    ['interim answers for ever', (socket: Socket) => socket.write('\r\nHTTP/1.1 102 Processing\r\n'), /no answer|HPE_/],
  ])('and %s, as fast as can be', async (_name, more, says) => {
    const port = await raw((socket) => {
      socket.write('HTTP/1.1 102 Processing\r\n');
      const timer = setInterval(() => more(socket), 1);
      socket.once('close', () => clearInterval(timer));
    });
    const { fault, ms } = await timed((by) => by.cassandra(target(port)), 800);
    expect(fault.message).toMatch(says);
    expect(ms).toBeLessThan(800 + MARGIN_MS);
  });
});

describe('a redirect to another host', () => {
  test.each([301, 302, 303, 307, 308])('with %i: the other host sees nothing, of a read or a POST', async (status) => {
    let visits = 0;
    const other = await listen(OTHER_HOST, (_request, response) => response.end('{"nodeState":"NORMAL"}'));
    other.server.on('connection', () => {
      visits += 1;
    });
    ends.push(() => other.server.close());
    const location = `http://${OTHER_HOST}:${other.port}/status?${SECRET}`;
    const { server, port } = await listen(HOST, (_request, response) => response.writeHead(status, { location }).end());
    ends.push(() => server.close());
    const { fault } = await timed((by) => by.cassandra(target(port)), 800);
    expect(fault).toMatchObject({ kind: 'invalid', message: expect.stringContaining(`HTTP ${status}`) });
    expect(await submit(port)).toEqual({ result: 'unknown', message: expect.stringMatching(`HTTP ${status}$`) });
    expect(visits).toBe(0);
  });
});

test('the false 500 is an unknown id, and nothing else: no list, no state, no refusal of a POST', async () => {
  const port = await page('HTTP 404 Not Found', 500);
  expect(await client.operation(target(port), UNKNOWN_ID)).toBeNull();
  expect(await faultOf(client.list(target(port), 'cleanup'))).toMatchObject({ kind: 'invalid' });
  expect(await faultOf(client.cassandra(target(port)))).toMatchObject({ kind: 'invalid' });
  expect(await submit(port)).toMatchObject({ result: 'unknown' });
});

describe('a Sidecar that dies at every point of its answer', () => {
  const body = JSON.stringify({ ...operation(1), state: 'RUNNING', secret: SECRET });
  const full = `HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
  const cuts = Array.from({ length: Math.floor(full.length / 9) }, (_, n) => n * 9);

  test.each(['end', 'resetAndDestroy'] as const)(
    'by %s: a POST is unknown, and nothing of the answer is told',
    async (end) => {
      let length = 0;
      const port = await raw((socket) => socket.write(full.slice(0, length), () => socket[end]()));
      for (length of cuts) {
        const result = await submit(port);
        expect({ length, ...result }).toEqual({
          length,
          result: 'unknown',
          message: expect.not.stringContaining(SECRET),
        });
      }
      length = full.length;
      if (end === 'end')
        expect(await submit(port)).toMatchObject({ result: 'created', operation: { state: 'RUNNING' } });
    },
  );

  test('a list is never taken for whole', async () => {
    const list = listOf(20);
    let length = 0;
    // Without a length, and without chunks: the end of the connection is the end of the answer.
    const port = await raw((socket) => socket.end(`HTTP/1.1 200 OK\r\n\r\n${list.slice(0, length)}`));
    for (length = 0; length < list.length; length += 37) {
      expect(await faultOf(client.list(target(port), 'cleanup'))).toMatchObject({ kind: 'invalid' });
    }
    length = list.length;
    expect(await client.list(target(port), 'cleanup')).toHaveLength(20);
  });
});

describe('no fault', () => {
  test('a full pool: what waits for it is PENDING for as long as that lasts, by its id and in the list', async () => {
    const double = await startSidecarDouble({
      host: HOST,
      ...QUICK,
      poolSize: 1,
      operationMs: Number.POSITIVE_INFINITY,
    });
    ends.push(() => void double.close());
    await send(double, post(JSON.stringify(CLEANUP)));
    await send(double, post(JSON.stringify({ ...CLEANUP, tables: ['items'] })));
    const [, waiting] = double.posts;
    const told = await client.operation(target(double.port), waiting?.id ?? '');
    expect(told).toMatchObject({ state: 'PENDING', progress: 0 });
    expect(told).not.toHaveProperty('startTime');
    const states = (await client.list(target(double.port), 'cleanup')).map(({ state }) => state);
    expect(states).toEqual(['PENDING', 'RUNNING']);
  });

  test('a list with 10,000 entries is read, in a second or so, and every one of them counts', async () => {
    const port = await page(listOf(10_000));
    const list = await createSidecarClient().list(target(port), 'cleanup');
    expect(new Set(list.map(({ id }) => id)).size).toBe(10_000);
  });

  test('one with more than 20,000 is no good answer, and says so', async () => {
    const port = await page(listOf(LIST_OPERATIONS + 1));
    const fault = await faultOf(createSidecarClient().list(target(port), 'cleanup'));
    expect(fault).toMatchObject({
      kind: 'invalid',
      message: expect.stringMatching(/holds more than 20000 operations/),
    });
  });
});

describe('large answers', () => {
  const stuck = `[${' '.repeat(200_000)}`;

  test('that stand still delay no small one, and give up their turn after a second', async () => {
    const held = await listen(HOST, (_request, response) => void response.write(stuck));
    ends.push(
      () => held.server.closeAllConnections(),
      () => held.server.close(),
    );
    const small = await page('[]');
    const large = await page(listOf(2_000));
    const patient = createSidecarClient();
    const first = timed(() => patient.list(target(held.port), 'cleanup'), 0);
    const isLate = first.then(() => true);
    expect(await Promise.race([patient.list(target(small), 'cleanup'), isLate])).toEqual([]);
    expect(await patient.list(target(large), 'cleanup')).toHaveLength(2_000);
    const { fault, ms } = await first;
    expect(fault.message).toMatch(/stood still for 1 s/);
    expect(ms).toBeLessThan(1_000 + MARGIN_MS);
  });
});
