// The store on a real API server, with the operator's own rights.
import { afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { cassandraCleanupResource } from '../../src/api/generated.ts';
import type { Resource, RunStatus } from '../../src/core/model.ts';
import { ResourceStore } from '../../src/kube/resource-store.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { cleanup, enterControlPlane, type RealPlane, silent, until } from './real-control-plane.ts';

let real: RealPlane;
let store: ResourceStore;
let looks: (() => void)[];
let changes: string[];

beforeAll(async () => {
  real = await enterControlPlane('store');
});

beforeEach(async () => {
  store = newStore([real.namespace]);
  looks = [];
  changes = [];
  store.onChange((key, now, before, own) => {
    const what = now === undefined ? 'gone' : before === undefined ? 'new' : 'changed';
    changes.push(`${key.split('/')[2]} ${what}${own ? ' by us' : ''}`);
    for (const look of looks) look();
  });
  store.start();
  await store.whenSynced();
});

afterEach(() => store.stop());

function newStore(namespaces: readonly string[] | undefined): ResourceStore {
  const { client } = real;
  const options = { client, kinds: [cassandraCleanupResource], clock: systemClock, random: Math.random, log: silent };
  return new ResourceStore({ ...options, namespaces });
}

function key(name: string): string {
  return `cassandracleanups/${real.namespace}/${name}`;
}

function eventually<T>(read: () => T | undefined): Promise<T> {
  return until(read, (look) => looks.push(look));
}

async function created(name: string): Promise<Resource> {
  await real.kubectl(['create', '--filename', '-'], cleanup(name));
  return eventually(() => store.get(key(name)));
}

const running: RunStatus = { observedGeneration: 1, state: 'Running', nodes: [{ name: 'p-0', state: 'Pending' }] };

test('a new object arrives lean, with the defaults of its CRD', async () => {
  const resource = await created('lean');
  expect(Object.keys(resource.metadata).sort()).toEqual([
    'creationTimestamp',
    'generation',
    'name',
    'namespace',
    'resourceVersion',
    'uid',
  ]);
  expect(resource.spec).toMatchObject({ keyspace: 'k', parallelism: 1, suspend: false, backoffLimitPerNode: 3 });
  expect(resource.status).toEqual({ observedGeneration: -1, state: 'Pending' });
  expect(store.inNamespace(real.namespace)).toContain(resource);
});

test('a status is written, is in the cache at once, and its own event changes nothing any more', async () => {
  const resource = await created('write');
  const stored = await store.writeStatus(resource, running);
  expect(stored.status).toEqual(running);
  expect(store.get(key('write'))).toBe(stored);
  await real.kubectl(['annotate', 'cclean', 'write', 'x=y']);
  await eventually(() => (changes.at(-1) === 'write changed' ? true : undefined));
  expect(changes.filter((change) => change.startsWith('write'))).toEqual([
    'write new',
    'write changed by us',
    'write changed',
  ]);
  const object = JSON.parse(await real.kubectl(['get', 'cclean', 'write', '--output', 'json']));
  expect(object.status).toEqual(running);
  expect(object.metadata.labels).toEqual({ a: 'label' });
  expect(object.metadata.annotations).toEqual({ an: 'annotation', x: 'y' });
  expect(object.spec).toMatchObject({ keyspace: 'k', jobs: 2 });
});

describe('a finished run', () => {
  const at = '2026-11-25T10:00:00.000Z';
  const id = '00000000-0000-4000-8000-000000000001';
  const nodes = [
    { name: 'p-0', state: 'Completed' as const, operation: { id, state: 'COMPLETED' as const, progress: 1 } },
    { name: 'p-1', state: 'Skipped' as const },
  ];
  const told = { type: 'Complete', status: 'True' as const, reason: 'AllNodesCompleted', message: 'done' };
  const finished: RunStatus = {
    ...{ observedGeneration: 1, state: 'Completed', nodes },
    conditions: [{ ...told, lastTransitionTime: at, observedGeneration: 1 }],
  };

  test('is kept without its entries, but for the ids of its operations', async () => {
    const { nodes: _nodes, ...rest } = finished;
    const stored = await store.writeStatus(await created('finished'), finished);
    expect(stored).toMatchObject({ status: rest, operationIds: id });
    expect(stored.status.nodes).toBeUndefined();
    const other = newStore([real.namespace]);
    other.start();
    await other.whenSynced();
    expect(other.get(key('finished'))).toEqual(stored);
    other.stop();
  });

  test('keeps them where it is stored, whatever is written later', async () => {
    const stored = await store.writeStatus(await created('later'), finished);
    await store.writeStatus(stored, { ...stored.status, observedGeneration: 2 });
    const object = JSON.parse(await real.kubectl(['get', 'cclean', 'later', '--output', 'json']));
    expect(object.status).toEqual({ ...finished, observedGeneration: 2 });
  });

  test('is not written from an old version', async () => {
    const stored = await store.writeStatus(await created('old'), finished);
    await real.kubectl(['annotate', 'cclean', 'old', 'x=y']);
    const late = store.writeStatus(stored, { ...stored.status, observedGeneration: 2 });
    await expect(late).rejects.toMatchObject({ kind: 'conflict' });
  });

  test('that somebody called finished while a node of it is active is kept whole', async () => {
    const running = { ...finished, nodes: [...nodes, { name: 'p-2', state: 'Running' as const }] };
    const stored = await store.writeStatus(await created('called'), running);
    expect(stored.status.nodes).toHaveLength(3);
  });
});

test('a write from an old version is a conflict, and writes nothing', async () => {
  const resource = await created('conflict');
  await store.writeStatus(resource, running);
  await expect(store.writeStatus(resource, { ...running, state: 'Failed' })).rejects.toMatchObject({
    kind: 'conflict',
  });
  expect((await store.refresh(key('conflict')))?.status.state).toBe('Running');
});

test('a write to an object that was created again under its name is refused', async () => {
  const resource = await created('again');
  await real.kubectl(['delete', 'cclean', 'again']);
  await real.kubectl(['create', '--filename', '-'], cleanup('again'));
  await expect(store.writeStatus(resource, running)).rejects.toMatchObject({ kind: 'conflict' });
  const second = await eventually(() =>
    store.get(key('again'))?.metadata.uid === resource.metadata.uid ? undefined : store.get(key('again')),
  );
  expect(second?.status.state).toBe('Pending');
});

test('a write to an object that is gone says so, and does not bring it back', async () => {
  const resource = await created('gone');
  await real.kubectl(['delete', 'cclean', 'gone']);
  await expect(store.writeStatus(resource, running)).rejects.toMatchObject({ kind: 'gone' });
  await eventually(() => (store.get(key('gone')) === undefined ? true : undefined));
  expect(await store.refresh(key('gone'))).toBeUndefined();
});

test('a status that the schema refuses is "permanent"', async () => {
  const resource = await created('invalid');
  const invalid = { ...running, state: 'Odd' } as unknown as RunStatus;
  await expect(store.writeStatus(resource, invalid)).rejects.toMatchObject({
    kind: 'permanent',
    status: 422,
    message: /status.state/,
  });
});

test('refresh() reads past the cache, and delete() takes exactly the object it was given', async () => {
  const resource = await created('delete');
  const stored = await store.writeStatus(resource, running);
  expect(await store.refresh(key('delete'))).toEqual(stored);
  await expect(store.delete(resource)).rejects.toMatchObject({ kind: 'conflict' });
  await store.delete(stored);
  await eventually(() => (store.get(key('delete')) === undefined ? true : undefined));
  await expect(store.delete(stored)).rejects.toMatchObject({ kind: 'gone' });
});

test('a store of all namespaces lists what is there', async () => {
  await created('listed');
  const all = newStore(undefined);
  all.start();
  await all.whenSynced();
  expect(all.synced()).toBe(true);
  expect(all.get(key('listed'))).toEqual(store.get(key('listed')));
  all.stop();
});
