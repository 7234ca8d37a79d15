// The contract of the Sidecar, as docs/sidecar.md tells it: the same requests to the double and to the real engine (or to the
// Icarus of ICARUS_JAR), the same answers by shape. The list of tests is the list of what was checked.
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { until } from '../support/cleanups.ts';
import { cleanupCases } from './contract-cleanups.ts';
import { type RequestCase, requestCases } from './contract-requests.ts';
import { type Subject, subjects } from './contract-subjects.ts';
import { tell } from './data.ts';
import { type Answer, ask, cleanAndWait, type OperationDocument, submit, untilEnded } from './sidecar-calls.ts';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z$/;
const ORDERS = { type: 'cleanup', keyspace: 'shop', tables: ['orders'], jobs: 1 };

describe.each(subjects)('$name', ({ start }) => {
  let subject: Subject;
  const ids: Record<string, string> = {};

  beforeAll(async () => {
    subject = await start();
    ids['completed'] = (await cleanAndWait(subject, ORDERS)).id;
    ids['failed'] = (await cleanAndWait(subject, { keyspace: 'nope', jobs: 1 })).id;
    ids['flush'] = (await cleanAndWait(subject, { type: 'flush', keyspace: 'shop' })).id;
  });

  afterAll(() => subject?.stop());

  const withIds = (text: string) => text.replace(/\{(\w+)\}/g, (_, name: string) => ids[name] ?? name);

  test.each(requestCases)('$name', async (sent: RequestCase) => {
    const { method = 'GET', headers = {}, body } = sent;
    const init = { method, headers, ...(body === undefined ? {} : { body }) };
    const answer = await ask(subject, withIds(sent.path), init);
    expect(answer.status).toBe(sent.status);
    expect(shapeOf(answer, sent)).toMatchObject(expectedOf(sent, ids));
  });

  test('every reply has a Date in whole seconds and open CORS; no body is compressed', async () => {
    const { headers } = await ask(subject, '/version', { headers: { 'accept-encoding': 'gzip', origin: 'http://a' } });
    expect(Math.abs(Date.parse(headers.get('date') ?? '') - Date.now())).toBeLessThan(5_000);
    expect(headers.get('access-control-allow-origin')).toBe('*');
    expect(headers.get('content-encoding')).toBeNull();
  });

  test.each(cleanupCases)('a cleanup with $name', async ({ body, echo, failure }) => {
    const answer = await submit(subject, body);
    expect(answer.status).toBe(201);
    const created = answer.json as unknown as OperationDocument;
    expect(created.id).toMatch(UUID);
    expect(created.creationTime).toMatch(TIME);
    expect(answer.headers.get('location')).toBe(`${subject.url}/operations/${created.id}`);
    const ended = await untilEnded(subject, created.id);
    for (const document of [created, ended]) {
      for (const [field, value] of Object.entries(echo)) expect(Reflect.get(document, field)).toEqual(value);
    }
    expect(ended).toMatchObject({ type: 'cleanup', id: created.id, progress: 1, creationTime: created.creationTime });
    expect(ended.startTime).toMatch(TIME);
    expect(ended.completionTime).toMatch(TIME);
    expect(Date.parse(ended.completionTime ?? '') - Date.parse(ended.startTime ?? '')).toBeGreaterThanOrEqual(990);
    expect({ state: ended.state, errors: ended.errors }).toEqual(endOf(failure));
  });

  test('tables are a set: known and unknown come back in any order, and it fails', async () => {
    const ended = await cleanAndWait(subject, { ...ORDERS, tables: ['orders', 'nope'] });
    expect(new Set(ended.tables)).toEqual(new Set(['orders', 'nope']));
    expect(ended).toMatchObject({ state: 'FAILED' });
  });

  test('two equal POSTs are two operations, and the newest is listed first', async () => {
    const first = await cleanAndWait(subject, ORDERS);
    const second = await cleanAndWait(subject, ORDERS);
    const [newest, before] = (await ask(subject, '/operations?type=cleanup')).list;
    expect([newest?.id, before?.id]).toEqual([second.id, first.id]);
    expect(first.id).not.toBe(second.id);
  });

  test('an id in the request is ignored, and one in upper case is found', async () => {
    const id = '11111111-1111-1111-1111-111111111111';
    const ended = await cleanAndWait(subject, { ...ORDERS, id });
    expect(ended.id).not.toBe(id);
    expect((await ask(subject, `/operations/${ended.id.toUpperCase()}`)).json['id']).toBe(ended.id);
  });

  test('Location follows the Host header', async () => {
    const answer = await raw(
      subject,
      `${head('evil.example', JSON.stringify(ORDERS).length)}${JSON.stringify(ORDERS)}`,
    );
    expect(answer).toMatch(/\r\nLocation: http:\/\/evil\.example\/operations\//i);
  });

  test('a POST whose client has gone is carried out, even with a body that is cut off behind its JSON', async () => {
    for (const missing of [0, 50]) {
      const before = (await ask(subject, '/operations?type=cleanup')).list.length;
      const body = JSON.stringify(ORDERS);
      await abandon(subject, `${head('a', body.length + missing)}${body}`);
      await until(async () => (await ask(subject, '/operations?type=cleanup')).list.length === before + 1, 10_000);
    }
  });

  test('a POST to a Sidecar that hangs is carried out when it wakes, though a list may not show it yet', async () => {
    const before = (await ask(subject, '/operations?type=cleanup')).list.length;
    subject.freeze();
    const body = JSON.stringify(ORDERS);
    await abandon(subject, `${head('a', body.length)}${body}`);
    subject.thaw();
    await until(async () => (await ask(subject, '/operations?type=cleanup')).list.length === before + 1, 10_000);
  });

  test('while Cassandra hangs: RUNNING for as long as it lasts, ten at a time, DELETE changes nothing, /status hangs', async () => {
    await idle(subject);
    await subject.freezeCassandra();
    const sent: OperationDocument[] = [];
    for (let count = 0; count < 12; count += 1) {
      sent.push((await submit(subject, ORDERS)).json as unknown as OperationDocument);
    }
    const states = async (state: string) => (await ask(subject, `/operations?type=cleanup&state=${state}`)).list;
    await until(async () => (await states('RUNNING')).length === 10);
    const pending = await states('PENDING');
    expect(pending).toHaveLength(2);
    for (const document of pending) expect(document.startTime).toBeUndefined();
    for (const document of await states('RUNNING')) expect(document).toMatchObject({ progress: 0, errors: [] });
    expect((await ask(subject, '/operations?type=cleanup&state=RUNNING&state=PENDING')).list).toHaveLength(12);
    expect((await ask(subject, `/operations/${sent[0]?.id}`, { method: 'DELETE' })).status).toBe(202);
    expect((await ask(subject, `/operations/${pending[0]?.id}`, { method: 'DELETE' })).status).toBe(202);
    expect((await states('RUNNING')).length).toBe(10);
    const hanging = ask(subject, '/status', { signal: AbortSignal.timeout(3_000) });
    await expect(hanging).rejects.toThrow();
    await subject.thawCassandra();
    const ends = await Promise.all(sent.map(({ id }) => untilEnded(subject, id)));
    expect(ends.every(({ state }) => state === 'COMPLETED' || state === 'FAILED')).toBe(true);
    expect(ends[0]?.state).not.toBe('CANCELLED');
  });

  test('another process knows nothing of the operations before it', async () => {
    await idle(subject);
    await subject.restart(2);
    expect((await ask(subject, '/operations')).list).toEqual([]);
    expect((await ask(subject, `/operations/${ids['completed']}`)).text).toBe('HTTP 404 Not Found');
  });

  test('a finished operation is forgotten one to two periods after its end', async () => {
    const ended = await cleanAndWait(subject, ORDERS);
    await until(async () => (await ask(subject, `/operations/${ended.id}`)).status === 500, 15_000);
    const age = Date.now() - Date.parse(ended.completionTime ?? '');
    expect(age).toBeGreaterThan(1_900);
    expect((await ask(subject, '/operations')).list.map(({ id }) => id)).not.toContain(ended.id);
  });

  test('Cassandra killed in mid-run: FAILED by EOF; then /status is 500 with the exception, a POST is 201 and FAILED', async () => {
    await subject.restart();
    await subject.freezeCassandra();
    const running = (await submit(subject, ORDERS)).json as unknown as OperationDocument;
    await until(async () => Date.now() - Date.parse(running.creationTime) > 1_500);
    await subject.killCassandra();
    const ended = await untilEnded(subject, running.id);
    expect(ended).toMatchObject({ state: 'FAILED', progress: 1 });
    expect(ended.errors[0]?.message).toMatch(/EOFException|Connection reset|RMIServer stub/);
    const status = await ask(subject, '/status');
    expect(status.status).toBe(500);
    expect(JSON.stringify(status.json['exception'])).toContain('Failed to retrieve RMIServer stub');
    const refused = await cleanAndWait(subject, ORDERS);
    expect(refused.errors[0]?.message).toContain('Failed to retrieve RMIServer stub');
    expect((await ask(subject, '/version')).status).toBe(200);
  });

  test('a drained Cassandra says so, to its own Sidecar', async () => {
    await subject.startCassandra();
    await subject.drainCassandra();
    expect((await ask(subject, '/status')).json).toEqual({ nodeState: 'DRAINED' });
  });
});

test('what was checked is said', () => {
  const single = requestCases.length + cleanupCases.length;
  tell(`contract: ${single} requests and 12 courses of events, on ${subjects.map(({ name }) => name).join(' and ')}`);
});

/** What an answer has of the things that a case speaks of. */
function shapeOf({ headers, text, json, list }: Answer, sent: RequestCase): Record<string, unknown> {
  const type = headers.get('content-type')?.split(';')[0] ?? null;
  return {
    type,
    text: sent.text === '' ? text : text.slice(0, sent.text?.length),
    json,
    list: list.map(({ id }) => id),
  };
}

function expectedOf({ type, text, json, list }: RequestCase, ids: Record<string, string>): Record<string, unknown> {
  const all = { type, text, json, list: list?.map((name) => ids[name]) };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}

/** State and errors of an operation that fails so; null = it does not. */
function endOf(failure: string | null): Record<string, unknown> {
  if (failure === null) return { state: 'COMPLETED', errors: [] };
  const message = failure === '' ? {} : { message: expect.stringContaining(failure) };
  return { state: 'FAILED', errors: [{ source: expect.any(String), ...message }] };
}

function head(host: string, length: number): string {
  return `POST /operations HTTP/1.1\r\nHost: ${host}\r\nContent-Type: application/json\r\nContent-Length: ${length}\r\n\r\n`;
}

/** Sends bytes and reads until the head of an answer is there. */
function raw({ url }: Subject, bytes: string): Promise<string> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname, () => socket.write(bytes));
    let text = '';
    socket.on('error', reject).on('data', (chunk) => {
      text += chunk;
      if (text.includes('\r\n\r\n')) resolve(text);
      if (text.includes('\r\n\r\n')) socket.destroy();
    });
  });
}

/** Sends bytes and closes without reading. */
function abandon({ url }: Subject, bytes: string): Promise<void> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname, () => socket.end(bytes));
    socket.on('error', reject).on('finish', () => {
      socket.destroy();
      resolve();
    });
  });
}

async function idle(subject: Subject): Promise<void> {
  await until(async () => (await ask(subject, '/operations?state=RUNNING&state=PENDING')).list.length === 0);
}
