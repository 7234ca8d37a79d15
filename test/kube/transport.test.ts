// The transport against a server that misbehaves.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { RequestReport, Transport } from '../../src/kube/transport.ts';
import { type FakeApiserver, plainTransport, startFakeApiserver } from '../support/fake-apiserver.ts';

let server: FakeApiserver;
let transport: Transport | undefined;

beforeEach(async () => {
  server = await startFakeApiserver();
});

afterEach(async () => {
  transport?.close();
  await server.close();
});

function get(path: string, more: { timeoutMs?: number; signal?: AbortSignal } = {}) {
  return { method: 'GET' as const, url: server.url + path, ...more };
}

test('one connection serves many requests', async () => {
  transport = plainTransport();
  server.script = (request) => request.json(200, {});
  for (let i = 0; i < 5; i += 1) await transport.send(get('/a'));
  expect(server.connections()).toBe(1);
  expect(server.requests.map(({ reused }) => reused)).toEqual([false, true, true, true, true]);
});

test('an open watch takes no connection from requests', async () => {
  transport = plainTransport();
  const stop = new AbortController();
  server.script = (request) => (request.path === '/watch' ? void request.watch() : request.json(200, {}));
  await transport.open({ ...get('/watch'), signal: stop.signal });
  await Promise.all([transport.send(get('/a')), transport.send(get('/b'))]);
  await transport.send(get('/c'));
  expect(server.connections()).toBe(3);
  stop.abort();
});

test('method, headers and body arrive as given, with the credentials of the moment', async () => {
  let token = 'one';
  const credentials = { current: async () => ({ headers: { authorization: token }, tls: {} }), reject: () => {} };
  transport = plainTransport({ credentials });
  server.script = (request) => request.json(201, { ok: true });
  const headers = { 'content-type': 'application/merge-patch+json' };
  const answer = await transport.send({ method: 'PATCH', url: `${server.url}/a?x=1`, headers, body: '{"a":"ü"}' });
  token = 'two';
  await transport.send(get('/b'));
  expect(answer).toMatchObject({ status: 201, body: '{"ok":true}' });
  expect(server.requests[0]).toMatchObject({ method: 'PATCH', body: '{"a":"ü"}' });
  expect(server.requests[0]?.headers).toMatchObject({ ...headers, authorization: 'one', 'user-agent': 'test' });
  expect(server.requests[0]?.headers['accept-encoding']).toBeUndefined();
  expect(server.requests[1]?.headers.authorization).toBe('two');
});

test('a 401 rejects the credentials', async () => {
  const rejected: string[] = [];
  const credentials = { current: async () => ({ headers: {}, tls: {} }), reject: () => void rejected.push('once') };
  transport = plainTransport({ credentials });
  server.script = (request) => request.refuse(401, 'Unauthorized');
  await expect(transport.send(get('/a'))).rejects.toMatchObject({ kind: 'unauthorized' });
  expect(rejected).toEqual(['once']);
});

test('credentials that cannot be read are "unavailable"', async () => {
  const credentials = { current: () => Promise.reject(new Error('no such file')), reject: () => {} };
  transport = plainTransport({ credentials });
  await expect(transport.send(get('/a'))).rejects.toMatchObject({ kind: 'unavailable', message: /no such file/ });
});

describe('it is reported, and never sent again, when', () => {
  test.each<[string, (server: FakeApiserver) => void, object]>([
    [
      'the server refuses',
      (s) => (s.script = (r) => r.refuse(422, 'bad')),
      { kind: 'permanent', status: 422, message: 'GET /a: bad' },
    ],
    [
      'the server is busy',
      (s) => (s.script = (r) => r.refuse(429, 'busy', { 'retry-after': '3' })),
      { retryAfterMs: 3_000 },
    ],
    ['the connection is cut', (s) => (s.script = (r) => r.cut()), { kind: 'unavailable', status: 0 }],
    ['nothing comes', (s) => (s.script = () => {}), { kind: 'unavailable', status: 0 }],
    [
      'the server redirects',
      (s) => (s.script = (r) => r.text(307, '', { location: '/b' })),
      { kind: 'unavailable', status: 307 },
    ],
    ['the answer drips', (s) => (s.script = (r) => void r.watch().send('x', 'y')), { kind: 'unavailable', status: 0 }],
  ])('%s', async (_name, arrange, error) => {
    const reports: RequestReport[] = [];
    transport = plainTransport({ onRequest: (report) => reports.push(report), timeoutMs: 300 });
    arrange(server);
    await expect(transport.send(get('/a'))).rejects.toMatchObject(error);
    const code = 'status' in error ? error.status : 429;
    expect(reports).toEqual([{ method: 'GET', code, ms: expect.any(Number) }]);
    expect(server.requests).toHaveLength(1);
  });
});

test('no listener at all is "unavailable"', async () => {
  transport = plainTransport();
  const request = get('/a');
  await server.close();
  await expect(transport.send(request)).rejects.toMatchObject({
    kind: 'unavailable',
    status: 0,
    message: /ECONNREFUSED/,
  });
});

test('an answer over the cap is cut off', async () => {
  transport = plainTransport({ maxBytes: 100_000 });
  server.script = (request) => request.text(200, 'x'.repeat(10_000_000));
  await expect(transport.send(get('/a'))).rejects.toMatchObject({ kind: 'permanent', status: 413 });
});

test('the caller can abort', async () => {
  transport = plainTransport();
  const stop = new AbortController();
  server.script = () => stop.abort();
  await expect(transport.send(get('/a', { signal: stop.signal }))).rejects.toMatchObject({ kind: 'unavailable' });
});

test('a watch that is refused says why', async () => {
  transport = plainTransport();
  server.script = (request) => request.refuse(410, 'too old resource version');
  const request = { ...get('/watch'), signal: new AbortController().signal };
  await expect(transport.open(request)).rejects.toMatchObject({ kind: 'gone', status: 410, message: /too old/ });
});
