// The store's own writes against events that come early, late or never; on a server whose answers the test times.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { cassandraCleanupResource } from '../../src/api/generated.ts';
import type { Resource } from '../../src/core/model.ts';
import { createKubeClient, type KubeClient } from '../../src/kube/client.ts';
import { ResourceStore } from '../../src/kube/resource-store.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { type FakeApiserver, type FakeWatch, fakeKubeconfig, startFakeApiserver } from '../support/fake-apiserver.ts';

const KEY = 'cassandracleanups/n/a';

let server: FakeApiserver;
let client: KubeClient;
let store: ResourceStore;
let directory: string;
let watch: FakeWatch;
/** What a PUT or GET of the object does. */
let single: (answer: (status: number, body: object) => void) => void;
let told: string[];
let resource: Resource;

function object(version: string, more: { uid?: string; progress?: number } = {}) {
  const { uid = 'u', progress = 0 } = more;
  const metadata = {
    name: 'a',
    namespace: 'n',
    uid,
    resourceVersion: version,
    generation: 1,
    creationTimestamp: '2026-08-23T10:00:00Z',
  };
  return {
    metadata,
    spec: { keyspace: 'k', podSelector: { matchLabels: { x: 'y' } } },
    status: { progressPercent: progress },
  };
}

beforeEach(async () => {
  server = await startFakeApiserver();
  directory = mkdtempSync(join(tmpdir(), 'store-'));
  client = createKubeClient({
    clock: systemClock,
    userAgent: 'test',
    kubeconfig: fakeKubeconfig(server.url, directory),
  });
  const opened = Promise.withResolvers<FakeWatch>();
  server.script = (request) => {
    if (request.query.has('watch')) opened.resolve(request.watch());
    else if (request.path.endsWith('/cassandracleanups')) request.list([object('10')], '10');
    else single((status, body) => request.json(status, body));
  };
  const log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
  store = new ResourceStore({
    client,
    kinds: [cassandraCleanupResource],
    namespaces: ['n'],
    clock: systemClock,
    random: () => 0.5,
    log,
  });
  told = [];
  store.start();
  await store.whenSynced();
  watch = await opened.promise;
  store.onChange((_key, now, before, own) =>
    told.push(`${before?.metadata.resourceVersion} -> ${now?.metadata.resourceVersion}${own ? ' own' : ''}`),
  );
  resource = store.get(KEY) as Resource;
});

afterEach(async () => {
  store.stop();
  client.close();
  await server.close();
  rmSync(directory, { recursive: true });
});

/** Resolves when an event sent before this call has been taken in. */
async function fence(): Promise<void> {
  const other = object('99', { uid: `fence-${told.length}` });
  const arrived = new Promise<void>((resolve) => store.onChange((key) => key.endsWith('/fence') && resolve()));
  watch.send('ADDED', { ...other, metadata: { ...other.metadata, name: 'fence' } });
  await arrived;
  told.pop();
}

test('the echo of a write that comes before its answer is no news', async () => {
  single = async (answer) => {
    watch.send('MODIFIED', object('11', { progress: 5 }));
    await fence();
    expect(store.get(KEY)).toBe(resource);
    answer(200, object('11', { progress: 5 }));
  };
  const stored = await store.writeStatus(resource, { progressPercent: 5 });
  expect(store.get(KEY)).toBe(stored);
  expect(told).toEqual(['10 -> 11 own']);
});

test("another one's change that comes before the answer follows it", async () => {
  single = async (answer) => {
    watch.send('MODIFIED', object('11', { progress: 5 }));
    watch.send('MODIFIED', object('12', { progress: 5 }));
    await fence();
    answer(200, object('11', { progress: 5 }));
  };
  await store.writeStatus(resource, { progressPercent: 5 });
  expect(told).toEqual(['10 -> 11 own', '11 -> 12']);
});

test('a write whose answer is lost is seen by its echo', async () => {
  single = async (answer) => {
    watch.send('MODIFIED', object('11', { progress: 5 }));
    await fence();
    answer(503, { message: 'away' });
  };
  await expect(store.writeStatus(resource, { progressPercent: 5 })).rejects.toMatchObject({ kind: 'unavailable' });
  expect(told).toEqual(['10 -> 11']);
  expect(store.get(KEY)?.status).toEqual({ progressPercent: 5 });
});

test('a late event from before the write does not undo it', async () => {
  single = (answer) => answer(200, object('15', { progress: 5 }));
  const stored = await store.writeStatus(resource, { progressPercent: 5 });
  watch.send('MODIFIED', object('12'));
  await fence();
  expect(store.get(KEY)).toBe(stored);
  expect(told).toEqual(['10 -> 15 own']);
});

test('an object that is deleted while it is written stays deleted', async () => {
  single = async (answer) => {
    watch.send('DELETED', object('12'));
    await fence();
    answer(200, object('11', { progress: 5 }));
  };
  await store.writeStatus(resource, { progressPercent: 5 });
  expect(store.get(KEY)).toBeUndefined();
  expect(told).toEqual(['10 -> undefined']);
});

test('a live read from before a deletion does not bring the object back', async () => {
  single = async (answer) => {
    watch.send('DELETED', object('12'));
    await fence();
    answer(200, object('11'));
  };
  await store.refresh(KEY);
  expect(store.get(KEY)).toBeUndefined();
});

test('an answer that is no such object is "unavailable"', async () => {
  single = (answer) => answer(200, { kind: 'Status', status: 'Success' });
  await expect(store.writeStatus(resource, {})).rejects.toMatchObject({ kind: 'unavailable' });
  await expect(store.refresh(KEY)).rejects.toMatchObject({ kind: 'unavailable' });
});
