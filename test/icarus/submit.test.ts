// The one POST, over real HTTP: what is surely not sent, what is surely refused, what was created, and that all else is unknown.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { SendGuard, SidecarTarget, SubmitResult } from '../../src/controller/ports.ts';
import { createSidecarClient } from '../../src/icarus/client.ts';
import { until } from '../support/cleanups.ts';
import { type Fault, type SidecarDouble, startSidecarDouble } from '../support/sidecar-double.ts';
import { CLEANUP, closeTaps, QUICK, wiretap } from '../support/sidecar-rig.ts';

const HOST = '127.0.0.15';
const client = createSidecarClient({ callMs: 400, connectMs: 200 });
const goOn: SendGuard = () => undefined;
const never = () => new AbortController().signal;

let double: SidecarDouble;
let target: SidecarTarget;

beforeEach(async () => {
  double = await startSidecarDouble({ host: HOST, ...QUICK });
  target = { uid: 'u', ip: HOST, port: double.port };
});

afterEach(async () => {
  await double.close();
  closeTaps();
});

function submit(body: Readonly<Record<string, unknown>> = CLEANUP, guard = goOn): Promise<SubmitResult> {
  return client.submit(target, body, guard, never());
}

describe('created', () => {
  test.each([
    ['a keyspace', { type: 'cleanup', keyspace: 'shop', jobs: 2 }],
    [
      'tables, in whatever order they come back',
      { type: 'cleanup', keyspace: 'shop', tables: ['orders', 'items', 'nope'], jobs: 1 },
    ],
    ['an empty list of tables', { type: 'cleanup', keyspace: 'shop', tables: [], jobs: 2 }],
    ['a keyspace that does not exist: accepted all the same', { type: 'cleanup', keyspace: 'nope', jobs: 2 }],
    ['no jobs, which come back as 0', { type: 'cleanup', keyspace: 'shop' }],
    ['another type, without jobs', { type: 'flush', keyspace: 'shop' }],
  ])('with %s', async (_name, body) => {
    const result = await submit(body);
    expect(result).toMatchObject({
      result: 'created',
      operation: { id: double.posts[0]?.id, keyspace: body.keyspace },
    });
    expect(double.requests).toHaveLength(1);
    expect(JSON.parse(double.requests[0]?.body ?? '')).toEqual(body);
  });

  test('though it has failed already when it is answered', async () => {
    double.fault({ kind: 'rewrite', body: (text) => text.replace('RUNNING', 'FAILED') });
    expect(await submit()).toMatchObject({ result: 'created', operation: { state: 'FAILED' } });
  });
});

describe('not sent', () => {
  test('when the guard says no: a connection was made, and not one byte was written', async () => {
    const { port, heard } = await wiretap(HOST);
    const seen: number[] = [];
    const guard = () => {
      seen.push(heard.connections);
      return 'the lease is gone';
    };
    const result = await client.submit({ ...target, port }, CLEANUP, guard, never());
    expect(result).toEqual({ result: 'notSent', message: 'the lease is gone' });
    await until(() => heard.end !== undefined);
    expect(heard).toMatchObject({ bytes: 0, connections: 1, end: 'ECONNRESET' });
    expect(seen).toHaveLength(1);
  });

  test('when the guard breaks', async () => {
    const broken = () => {
      throw new Error('boom');
    };
    expect(await submit(CLEANUP, broken)).toMatchObject({ result: 'notSent' });
    expect(double.requests).toHaveLength(0);
  });

  test('when the connection is refused; the guard is not even asked', async () => {
    await double.refuse();
    let asked = false;
    const guard = () => {
      asked = true;
      return undefined;
    };
    const message = expect.stringMatching(/^POST http:\/\/127.0.0.15:\d+\/operations: connection refused/);
    expect(await submit(CLEANUP, guard)).toEqual({ result: 'notSent', message });
    expect(asked).toBe(false);
  });

  test('when it is stopped before it begins', async () => {
    const result = await client.submit(target, CLEANUP, goOn, AbortSignal.abort());
    expect(result).toMatchObject({ result: 'notSent' });
    expect(double.requests).toHaveLength(0);
  });

  test('when the address is none', async () => {
    expect(await client.submit({ ...target, ip: 'nowhere' }, CLEANUP, goOn, never())).toMatchObject({
      result: 'notSent',
    });
  });
});

describe('answers', () => {
  const answer = (status: number, body = '{}', headers?: Record<string, string>): Fault => ({
    kind: 'answer',
    status,
    body,
    ...(headers === undefined ? {} : { headers }),
  });
  const COMPLAINT = '[{"message":"must not be empty","path":"arg0.keyspace"}]';

  test.each([
    [400, answer(400), true, /answered HTTP 400$/],
    ['400 of Icarus 1.0.2', answer(400, COMPLAINT), true, /HTTP 400: arg0.keyspace must not be empty$/],
    [422, answer(422), true, /HTTP 422$/],
    [401, answer(401), false, /HTTP 401$/],
    [403, answer(403), false, /HTTP 403$/],
    [404, answer(404), false, /HTTP 404$/],
    [429, answer(429), false, /HTTP 429$/],
    [
      '503 with Retry-After',
      answer(503, '{}', { 'Retry-After': '5' }),
      false,
      /^POST http:.*\/operations answered HTTP 503, Retry-After 5$/,
    ],
  ])('%s: surely not created', async (_name, fault, permanent, says) => {
    double.fault(fault);
    expect(await submit()).toEqual({ result: 'rejected', permanent, message: expect.stringMatching(says) });
  });

  test.each([
    [503, answer(503), /HTTP 503$/],
    [500, answer(500, 'HTTP 404 Not Found'), /HTTP 500$/],
    [408, answer(408), /HTTP 408$/],
    [307, { kind: 'redirect', location: 'http://127.0.0.1:1/operations' }, /HTTP 307$/],
    [200, answer(200), /HTTP 200$/],
    [202, answer(202), /HTTP 202$/],
    ['201 and HTML', { kind: 'answer', status: 201, body: '<p>s3cret' }, /HTTP 201: the body is not JSON/],
    ['201 and nothing', answer(201, ''), /not JSON/],
    ['201 and no id', answer(201, '{"type":"cleanup","state":"RUNNING"}'), /no usable id/],
    [
      '201 and an unknown state',
      { kind: 'rewrite', body: (text) => text.replace('RUNNING', 'QUEUED') },
      /unknown state/,
    ],
    ['201, cut off', { kind: 'rewrite', body: (text) => text.slice(0, -20) }, /not JSON/],
    ['201 and a bomb', { kind: 'huge' }, /longer than 1048576 bytes|HTTP 200/],
    ['a reset before it', { kind: 'reset' }, /ECONNRESET/],
    ['a reset after it was carried out', { kind: 'drop' }, /ECONNRESET/],
    ['silence', { kind: 'silent' }, /no answer within 0.4 s/],
    ['a slow drip', { kind: 'drip' }, /no answer within 0.4 s/],
    ['an answer too late', { kind: 'delay', ms: 5_000 }, /no answer within 0.4 s/],
    ['no HTTP at all', { kind: 'notHttp' }, /not HTTP/],
  ] satisfies [string | number, Fault, RegExp][])('%s: unknown', async (_name, fault: Fault, says) => {
    double.fault(fault);
    const result = await submit();
    expect(result).toEqual({ result: 'unknown', message: expect.stringMatching(says) });
    expect(JSON.stringify(result)).not.toContain('s3cret');
    expect(double.requests).toHaveLength(1);
  });

  test.each([
    ['keyspace', (text: string) => text.replace('"shop"', '"shops"')],
    ['tables', (text: string) => text.replace('"orders"', '"items"')],
    ['one table more', (text: string) => text.replace('"orders"', '"orders", "items"')],
    ['every table', (text: string) => text.replace('[ "orders" ]', '[ ]')],
    ['jobs', (text: string) => text.replace('"jobs" : 2', '"jobs" : 0')],
    ['type', (text: string) => text.replace('"cleanup"', '"flush"')],
  ])('201 with an echo of another %s: unknown', async (_name, body) => {
    double.fault({ kind: 'rewrite', body });
    expect(await submit()).toMatchObject({ result: 'unknown', message: expect.stringMatching(/another operation/) });
  });
});

describe('cut off', () => {
  test('at its deadline the connection is reset, not closed', async () => {
    const { port, heard } = await wiretap(HOST);
    expect(await client.submit({ ...target, port }, CLEANUP, goOn, never())).toMatchObject({ result: 'unknown' });
    await until(() => heard.end !== undefined);
    expect(heard.bytes).toBeGreaterThan(0);
    expect(heard.end).toBe('ECONNRESET');
  });

  test('when it is stopped after the request went out, it is unknown, at once', async () => {
    const { port, heard } = await wiretap(HOST);
    const slow = createSidecarClient({ callMs: 60_000 });
    const stop = new AbortController();
    const result = slow.submit({ ...target, port }, CLEANUP, goOn, stop.signal);
    await until(() => heard.bytes > 0);
    stop.abort();
    expect(await result).toMatchObject({ result: 'unknown', message: expect.stringMatching(/stopped waiting/) });
    await until(() => heard.end === 'ECONNRESET');
  });

  test('when it is stopped between the guard and the request, it is unknown, and nothing arrives', async () => {
    const { port, heard } = await wiretap(HOST);
    const stop = new AbortController();
    const guard = () => void stop.abort();
    const result = await client.submit({ ...target, port }, CLEANUP, guard, stop.signal);
    expect(result).toMatchObject({ result: 'unknown' });
    await until(() => heard.connections === 1 && heard.open === 0);
    expect(heard.bytes).toBe(0);
  });

  test('a Sidecar that was frozen carries it out later: that is why it is unknown', async () => {
    double.freeze();
    expect(await submit()).toMatchObject({ result: 'unknown' });
    expect(double.posts).toHaveLength(0);
    double.thaw();
    await until(() => double.posts.length === 1);
  });

  test('no connection is left open, however it ended', async () => {
    const { port, heard } = await wiretap(HOST);
    const stray = { ...target, port };
    await client.submit(stray, CLEANUP, goOn, never());
    await client.submit(stray, CLEANUP, () => 'no', never());
    await until(() => heard.connections === 2 && heard.open === 0);
  });
});
