// The contract as courses of events, first part: what an idle node does with requests that are unusual or come in a row.
import { expect } from '@jest/globals';
import { until } from '../support/cleanups.ts';
import type { Subject } from './contract-subjects.ts';
import { formOf, watch } from './contract-watch.ts';
import { abandon, exchange, get, head, openWire, speaksTls, type Wire } from './contract-wire.ts';
import { tell } from './data.ts';
import { ask, cleanAndWait, type OperationDocument, submit, untilEnded } from './sidecar-calls.ts';

/** Where a course takes place. */
export interface Stage {
  readonly name: string;
  readonly subject: Subject;
  /** Of operations that ended so: completed, failed, flush. */
  readonly ids: Readonly<Record<string, string>>;
  /** A connection that had one answer, before everything else, and none since. */
  readonly idle: Wire;
}

/** A test of the contract; each is run on every subject, in this order. */
export interface Course {
  readonly name: string;
  run(stage: Stage): Promise<void>;
}

export const ORDERS = { type: 'cleanup', keyspace: 'shop', tables: ['orders'], jobs: 1 };
const NOPE = { type: 'cleanup', keyspace: 'nope', jobs: 2 };
const BODY = JSON.stringify(ORDERS);
const MIB = 1_048_576;
/** Kept-alive connections are closed after about 30 s (31.9 s were recorded). */
const IDLE_MS = { least: 25_000, most: 40_000 };
const ROUNDS = 4;

/** Sends a cleanup; its document. */
export async function order(subject: Place, request: unknown): Promise<OperationDocument> {
  const { status, json } = await submit(subject, request);
  expect(status).toBe(201);
  return json as unknown as OperationDocument;
}

type Place = Pick<Subject, 'url'>;

const listed = async (subject: Place, query = '?type=cleanup') => (await ask(subject, `/operations${query}`)).list;

async function timeOf(call: () => Promise<unknown>): Promise<number> {
  const begun = performance.now();
  await call();
  return performance.now() - begun;
}

/** The least that one of three such calls took, in ms: a machine may be busy with something else for a second. */
export async function quickest(call: () => Promise<unknown>): Promise<number> {
  const times = [await timeOf(call), await timeOf(call), await timeOf(call)];
  return Math.min(...times);
}

/** Waits until nothing is PENDING or RUNNING. */
export async function idle(subject: Place): Promise<void> {
  await until(async () => (await listed(subject, '?state=RUNNING&state=PENDING')).length === 0);
}

/** How it speaks. */
const speech: readonly Course[] = [
  {
    name: 'every reply, be it an error, has a Date in whole seconds and open CORS; no body is compressed',
    async run({ subject }) {
      for (const path of ['/version', '/operations', '/nope', '/operations/not-a-uuid']) {
        const headers = { 'accept-encoding': 'gzip', origin: 'http://a' };
        const answer = await ask(subject, path, { headers });
        expect(Math.abs(Date.parse(answer.headers.get('date') ?? '') - Date.now())).toBeLessThan(5_000);
        expect(answer.headers.get('access-control-allow-origin')).toBe('*');
        expect(answer.headers.get('content-encoding')).toBeNull();
      }
    },
  },
  {
    name: 'it is HTTP/1.1 without TLS, JSON is indented, and //operations has no Date',
    async run({ subject, ids }) {
      const answer = await exchange(subject, get(`/operations/${ids['completed']}`, true));
      expect(answer).toMatch(/^HTTP\/1\.1 200 /);
      expect(answer).toContain(`\r\n\r\n{\n  "id" : "${ids['completed']}",\n`);
      expect(await speaksTls(subject)).toBe(false);
      expect((await ask(subject, '//operations')).headers.get('date')).toBeNull();
    },
  },
  {
    name: 'Date is cut to the second, of the clock of creationTime; an operation has errors, and no failureCause',
    async run({ subject }) {
      const { headers, json } = await submit(subject, NOPE);
      const age = Date.parse(headers.get('date') ?? '') - Date.parse(String(json['creationTime']));
      expect(age).toBeGreaterThan(-1_000);
      expect(age).toBeLessThan(3_000);
      expect(json).toMatchObject({ progress: 0, errors: expect.any(Array) });
      const ended = await untilEnded(subject, String(json['id']));
      expect(ended).not.toHaveProperty('failureCause');
    },
  },
  {
    name: 'each call of JMX takes a second, /version none',
    async run({ subject }) {
      const paths = ['/status', '/version/cassandra', '/version/schema'];
      for (const taken of await Promise.all(paths.map((path) => timeOf(() => ask(subject, path))))) {
        expect(taken).toBeGreaterThan(950);
      }
      expect(await quickest(() => ask(subject, '/version'))).toBeLessThan(900);
    },
  },
  {
    name: '/topology takes 3 + 2n s for n nodes, has the data centre for a rack, and no state',
    async run({ subject }) {
      const unknown = ask(subject, '/topology/nope');
      const begun = performance.now();
      const { status, json } = await ask(subject, '/topology');
      const seconds = (performance.now() - begun) / 1_000;
      expect(status).toBe(200);
      const { status: refused, json: thrown } = await unknown;
      expect(refused).toBe(500);
      expect(thrown).toMatchObject({ message: 'Some DCs to filter on do not exist: [nope], existing: ' });
      expect(Object.keys(json)).toEqual(['timestamp', 'clusterName', 'schemaVersion', 'topology']);
      const nodes = json['topology'] as Record<string, unknown>[];
      expect(seconds).toBeGreaterThan(2.8 + 2 * nodes.length);
      for (const node of nodes) {
        expect(Object.keys(node)).toEqual(['hostname', 'cluster', 'dc', 'rack', 'nodeId', 'ipAddress']);
        expect(node).toMatchObject({ dc: 'dc1', rack: 'dc1', ipAddress: expect.stringMatching(/^127\.0\.0\.\d+$/) });
      }
    },
  },
];

/** POSTs that one could think would be refused, merged or lost. */
const posts: readonly Course[] = [
  {
    name: 'tables are a set: known and unknown come back in any order, and it fails',
    async run({ subject }) {
      const ended = await cleanAndWait(subject, { ...ORDERS, tables: ['orders', 'nope'] });
      expect(new Set(ended.tables)).toEqual(new Set(['orders', 'nope']));
      expect(ended).toMatchObject({ state: 'FAILED' });
    },
  },
  {
    name: 'two equal POSTs are two operations, and the newest is listed first',
    async run({ subject }) {
      const first = await cleanAndWait(subject, ORDERS);
      const second = await cleanAndWait(subject, ORDERS);
      const [newest, before] = await listed(subject);
      expect([newest?.id, before?.id]).toEqual([second.id, first.id]);
      expect(first.id).not.toBe(second.id);
    },
  },
  {
    name: 'an id in the request is ignored, and one in upper case is found',
    async run({ subject }) {
      const id = '11111111-1111-1111-1111-111111111111';
      const ended = await cleanAndWait(subject, { ...ORDERS, id });
      expect(ended.id).not.toBe(id);
      expect((await ask(subject, `/operations/${ended.id.toUpperCase()}`)).json['id']).toBe(ended.id);
    },
  },
  {
    name: 'Location follows the Host header',
    async run({ subject }) {
      const wire = await openWire(subject);
      const answer = await wire.send(`${head('evil.example', BODY.length)}${BODY}`);
      wire.close();
      expect(answer).toMatch(/\r\nLocation: http:\/\/evil\.example\/operations\//i);
    },
  },
  {
    name: 'a POST that was answered 500 was not carried out; one of 10 MiB was',
    async run({ subject }) {
      const before = await listed(subject, '');
      for (const body of ['', '{}', '{"type":"nope"}', BODY.slice(0, -1)]) {
        expect((await submit(subject, body)).status).toBe(500);
      }
      // Refused at the first letter: the answer is lost in a reset if the client still sends (both were seen).
      const huge = await submit(subject, 'x'.repeat(10 * MIB)).catch(() => undefined);
      expect(huge?.status ?? 500).toBe(500);
      expect((await listed(subject, '')).length).toBe(before.length);
      const made = await order(subject, { ...NOPE, padding: 'x'.repeat(10 * MIB) });
      expect((await untilEnded(subject, made.id)).errors[0]?.message).toBe('Keyspace nope does not exist');
    },
  },
  {
    name: 'a POST whose client has gone is carried out, even with a body that is cut off, if only behind its JSON',
    async run({ subject }) {
      for (const missing of [0, 50]) {
        const before = (await listed(subject)).length;
        await abandon(subject, `${head('a', BODY.length + missing)}${BODY}`);
        await until(async () => (await listed(subject)).length === before + 1);
      }
      const before = (await listed(subject)).length;
      await abandon(subject, `${head('a', BODY.length)}${BODY.slice(0, -10)}`);
      // A connection that was opened behind it is answered behind it.
      await cleanAndWait(subject, NOPE);
      expect((await listed(subject)).length).toBe(before + 1);
    },
  },
  {
    name: 'a POST to a Sidecar that hangs is carried out when it wakes, though a list may not show it yet',
    async run({ subject }) {
      const before = (await listed(subject)).length;
      subject.freeze();
      await abandon(subject, `${head('a', BODY.length)}${BODY}`);
      subject.thaw();
      await until(async () => (await listed(subject)).length === before + 1);
      await idle(subject);
    },
  },
];

/** What takes its time. */
const patience: readonly Course[] = [
  {
    name: 'documents are written field by field; what is final never changes, and CANCELLED is not a result',
    async run({ name, subject }) {
      const seen = new Map<string, number>();
      for (let round = 0; round < ROUNDS; round += 1) {
        const [done, failed, deleted] = await Promise.all([ORDERS, NOPE, NOPE].map((one) => order(subject, one)));
        expect((await ask(subject, `/operations/${deleted?.id}`, { method: 'DELETE' })).status).toBe(202);
        const ids = [done?.id, failed?.id, deleted?.id, deleted?.id].map(String);
        const ends = await Promise.all(ids.map((id) => watch(subject, id, seen)));
        const failure = 'FAILED 1 1 sc';
        expect(ends.map(formOf)).toEqual(['COMPLETED 1 0 sc', failure, failure, failure]);
      }
      const forms = [...seen].map(([form, count]) => `${form}: ${count}`).sort();
      tell(`${name}: forms of a document (s, c: start and completion time): ${forms.join(', ')}`);
    },
  },
  {
    name: 'a kept-alive connection is answered again and again, and closed by the server when idle for about 30 s',
    async run({ subject, idle: connection }) {
      const wire = await openWire(subject);
      for (let count = 0; count < 2; count += 1) expect(await wire.send(get('/version'))).toMatch(/^HTTP\/1\.1 200 /);
      wire.close();
      const idled = await connection.idled();
      expect(idled).toBeGreaterThan(IDLE_MS.least);
      expect(idled).toBeLessThan(IDLE_MS.most);
    },
  },
];

/** Courses that leave the node as they found it. */
export const idleCourses: readonly Course[] = [...speech, ...posts, ...patience];
