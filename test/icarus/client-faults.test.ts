// Reads over real HTTP that fail: every way in which a Sidecar can fail to answer, within the deadline and with a plain text.
import { once } from 'node:events';
import { connect as connectTcp } from 'node:net';
import { Worker } from 'node:worker_threads';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { SidecarTarget } from '../../src/controller/ports.ts';
import { createSidecarClient } from '../../src/icarus/client.ts';
import { type Fault, type SidecarDouble, startSidecarDouble } from '../support/sidecar-double.ts';
import { CLEANUP, faultOf, operationOf, QUICK, UNKNOWN_ID } from '../support/sidecar-rig.ts';

const HOST = '127.0.0.13';

let double: SidecarDouble;
let target: SidecarTarget;
const client = createSidecarClient({ callMs: 800, connectMs: 200 });

beforeEach(async () => {
  double = await startSidecarDouble({ host: HOST, ...QUICK });
  target = { uid: 'u', ip: HOST, port: double.port };
});

afterEach(() => double.close());

interface Row {
  name: string;
  fault: Fault;
  kind: 'unreachable' | 'invalid';
  says: RegExp;
  /** Where a list ends otherwise: it is decoded while it arrives. */
  list?: Pick<Row, 'kind' | 'says'>;
}

const ROWS: readonly Row[] = [
  { name: 'silence', fault: { kind: 'silent' }, kind: 'unreachable', says: /no answer within 0.8 s/ },
  {
    name: 'headers, then nothing',
    fault: { kind: 'headersOnly' },
    kind: 'unreachable',
    says: /no answer within 0.8 s/,
  },
  {
    name: 'a slow drip, which in a list is no JSON after three bytes',
    fault: { kind: 'drip' },
    kind: 'unreachable',
    says: /no answer within 0.8 s/,
    list: { kind: 'invalid', says: /not JSON \([1-9] bytes/ },
  },
  { name: 'a reset', fault: { kind: 'reset' }, kind: 'unreachable', says: /reset \(ECONNRESET\)/ },
  { name: 'something that is not HTTP', fault: { kind: 'notHttp' }, kind: 'invalid', says: /not HTTP \(HPE_/ },
  { name: 'HTML', fault: { kind: 'html' }, kind: 'invalid', says: /not JSON \(\d+ bytes, sha256 / },
  { name: 'truncated JSON', fault: { kind: 'truncated' }, kind: 'invalid', says: /not JSON|not what Icarus/ },
  { name: '200 MB', fault: { kind: 'huge' }, kind: 'invalid', says: /longer than (?:1048576|8388608) bytes/ },
  {
    name: 'a gzip bomb',
    fault: { kind: 'gzipBomb' },
    kind: 'invalid',
    says: /HTTP 200: the body is not (?:text|JSON)/,
  },
  { name: 'status 500', fault: { kind: 'answer', status: 500, body: 'oh' }, kind: 'invalid', says: /HTTP 500/ },
  { name: 'status 503', fault: { kind: 'answer', status: 503 }, kind: 'invalid', says: /HTTP 503/ },
  { name: 'status 401', fault: { kind: 'answer', status: 401, body: '{}' }, kind: 'invalid', says: /HTTP 401/ },
  {
    name: 'a list of another shape',
    fault: { kind: 'answer', status: 200, body: '{"__proto__":[]}' },
    kind: 'invalid',
    says: /HTTP 200/,
  },
];

describe('a read fails within its time, and says why', () => {
  test.each(ROWS)('on $name', async ({ fault, kind, says, list = { kind, says } }) => {
    double.fault(fault);
    const calls = [
      client.list(target, 'cleanup'),
      client.operation(target, UNKNOWN_ID),
      client.cassandra(target),
      client.version(target),
    ];
    const began = performance.now();
    for (const [index, error] of (await Promise.all(calls.map(faultOf))).entries()) {
      const expected = index === 0 ? list : { kind, says };
      expect(error).toMatchObject({ kind: expected.kind, message: expect.stringMatching(expected.says) });
      expect(error.message).toContain(`GET http://${HOST}:${double.port}/`);
      expect(error.message).not.toContain('s3cret');
    }
    expect(performance.now() - began).toBeLessThan(8_000);
  });

  test('on a refused connection', async () => {
    await double.refuse();
    expect(await faultOf(client.cassandra(target))).toMatchObject({
      kind: 'unreachable',
      message: expect.stringMatching(/refused/),
    });
  });

  test('on a second list that does not come, after a first that did', async () => {
    double.fault({ kind: 'silent', path: '/operations?type' });
    expect(await faultOf(client.list(target, 'cleanup'))).toMatchObject({ kind: 'unreachable' });
  });

  test('on an answer about another operation', async () => {
    const asked = await operationOf(double, CLEANUP);
    double.fault({ kind: 'rewrite', body: (text) => text.replace(asked, UNKNOWN_ID) });
    expect(await faultOf(client.operation(target, asked))).toMatchObject({ kind: 'invalid' });
  });
});

describe('a black hole: the connection is never made', () => {
  let worker: Worker;
  let port: number;
  const fillers: ReturnType<typeof connectTcp>[] = [];

  beforeAll(async () => {
    // A thread that listens and then stands still: its queue takes two, and the kernel drops every further SYN.
    worker = new Worker(
      `const { parentPort } = require('node:worker_threads');
       const server = require('node:net').createServer().listen({ port: 0, host: '${HOST}', backlog: 1 }, () => {
         parentPort.postMessage(server.address().port);
         Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
       });`,
      { eval: true },
    );
    port = await new Promise<number>((resolve) => worker.once('message', resolve));
    for (let filler = 0; filler < 8; filler += 1) fillers.push(connectTcp(port, HOST).on('error', () => undefined));
    await Promise.all(fillers.slice(0, 2).map((filler) => once(filler, 'connect')));
  });

  afterAll(async () => {
    for (const socket of fillers) socket.destroy();
    await worker.terminate();
  });

  test('is given up after the connect time-out', async () => {
    const error = await faultOf(client.cassandra({ uid: 'u', ip: HOST, port }));
    expect(error).toMatchObject({ kind: 'unreachable', message: expect.stringMatching(/no connection within 0.2 s/) });
  });

  test('is surely not sent, for a POST', async () => {
    const result = await client.submit(
      { uid: 'u', ip: HOST, port },
      { type: 'cleanup' },
      () => undefined,
      AbortSignal.any([]),
    );
    expect(result).toMatchObject({ result: 'notSent', message: expect.stringMatching(/no connection within 0.2 s/) });
  });
});
