// The contract of the Sidecar, as docs/sidecar.md tells it: the same requests to the double and to the real engine (or to the
// Icarus of ICARUS_JAR), the same answers by shape. The list of tests is the list of what was checked.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { brokenCourses } from './contract-broken.ts';
import { cleanupCases } from './contract-cleanups.ts';
import { idleCourses, ORDERS } from './contract-courses.ts';
import { type RequestCase, requestCases } from './contract-requests.ts';
import { cleanTwice, slowCourses } from './contract-slow.ts';
import { BIG, type Subject, startDouble, subjects } from './contract-subjects.ts';
import { get, openWire, type Wire } from './contract-wire.ts';
import { tell } from './data.ts';
import { VERSIONS } from './ring.ts';
import { type Answer, ask, cleanAndWait, type OperationDocument, submit, untilEnded } from './sidecar-calls.ts';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z$/;
const courses = [...idleCourses, ...slowCourses, ...brokenCourses];

const started = new Map<string, Promise<Subject>>();

// All at once: the ring takes its minute while the double is asked.
beforeAll(() => {
  for (const { name, start } of subjects) {
    const subject = start();
    subject.catch(() => {});
    started.set(name, subject);
  }
});

afterAll(async () => {
  for (const subject of started.values()) await (await subject.catch(() => undefined))?.stop();
});

describe.each(subjects)('$name', ({ name }) => {
  let subject: Subject;
  let idle: Wire;
  const ids: Record<string, string> = {};

  beforeAll(async () => {
    const starting = started.get(name);
    if (starting === undefined) throw new Error(`${name} was not started`);
    subject = await starting;
    ids['completed'] = (await cleanAndWait(subject, ORDERS)).id;
    ids['failed'] = (await cleanAndWait(subject, { keyspace: 'nope', jobs: 1 })).id;
    ids['flush'] = (await cleanAndWait(subject, { type: 'flush', keyspace: 'shop' })).id;
    idle = await openWire(subject);
    await idle.send(get('/version'));
  });

  afterAll(() => idle?.close());

  const withIds = (text: string) => text.replace(/\{(\w+)\}/g, (_, name: string) => ids[name] ?? name);

  test.each(requestCases)('$name', async (sent: RequestCase) => {
    const { method = 'GET', headers = {}, body } = sent;
    const init = { method, headers, ...(body === undefined ? {} : { body }) };
    const answer = await ask(subject, withIds(sent.path), init);
    expect(answer.status).toBe(sent.status);
    expect(shapeOf(answer, sent)).toMatchObject(expectedOf(sent, ids));
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

  test.each(courses)('$name', ({ run }) => run({ name, subject, ids, idle }));
});

describe('the double beside Cassandra 4.1.10', () => {
  test('of two cleanups of one table the first is interrupted; other tables run side by side', async () => {
    const double = await startDouble(VERSIONS.guarded);
    try {
      await cleanTwice(double, [BIG[0], BIG[1]]);
    } finally {
      await double.stop();
    }
  });
});

test('what was checked is said', () => {
  const counts = `${requestCases.length} requests, ${cleanupCases.length} kinds of cleanup and ${courses.length} courses`;
  tell(`contract: ${counts} of events, on ${subjects.map(({ name }) => name).join(' and ')}`);
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
