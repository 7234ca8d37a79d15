// The cache never goes back: not to an older version, not to a deleted object.
import { describe, expect, test } from '@jest/globals';
import { keyOf } from '../../src/controller/ports.ts';
import type { Resource } from '../../src/core/model.ts';
import { isNewer, ResourceCache } from '../../src/kube/resource-cache.ts';

function resource(name: string, version: string, more: { uid?: string; namespace?: string } = {}): Resource {
  const { uid = name, namespace = 'n' } = more;
  const metadata = {
    name,
    namespace,
    uid,
    resourceVersion: version,
    generation: 1,
    creationTimestamp: '2026-08-23T10:00:00Z',
  };
  const spec = { podSelector: { matchLabels: { a: 'b' } }, parallelism: 1, suspend: false, backoffLimitPerNode: 3 };
  return { plural: 'things', metadata, spec, status: {} };
}

const all = { plural: 'things', namespace: undefined };

test.each([
  ['10', '9', true],
  ['9', '10', false],
  ['9', '9', false],
  ['184467440737095516150', '184467440737095516149', true],
  ['b', 'a', true],
  ['a', 'a', false],
])('is version %s newer than %s: %s', (a, b, newer) => expect(isNewer(a, b)).toBe(newer));

test('an event older than our own write is dropped, a newer one is taken', () => {
  const cache = new ResourceCache();
  cache.put(resource('a', '5'));
  cache.put(resource('a', '7'));
  expect(cache.put(resource('a', '6'))).toBeUndefined();
  expect(cache.put(resource('a', '7'))).toBeUndefined();
  expect(cache.get('things/n/a')?.metadata.resourceVersion).toBe('7');
  const taken = cache.put(resource('a', '8'));
  expect(taken).toMatchObject({
    key: 'things/n/a',
    resource: { metadata: { resourceVersion: '8' } },
    previous: { metadata: { resourceVersion: '7' } },
  });
});

test('a deleted object never comes back, its successor does', () => {
  const cache = new ResourceCache();
  cache.put(resource('a', '5', { uid: 'one' }));
  expect(cache.remove('things/n/a', 'one')).toMatchObject({ resource: undefined });
  expect(cache.put(resource('a', '6', { uid: 'one' }))).toBeUndefined();
  expect(cache.put(resource('a', '7', { uid: 'two' }))).toBeDefined();
  expect(cache.remove('things/n/a', 'one')).toBeUndefined();
  expect(cache.get('things/n/a')?.metadata.uid).toBe('two');
});

test('a successor that is seen before the deletion takes over', () => {
  const cache = new ResourceCache();
  cache.put(resource('a', '5', { uid: 'one' }));
  expect(cache.put(resource('a', '7', { uid: 'two' }))?.previous?.metadata.uid).toBe('one');
  expect(cache.put(resource('a', '6', { uid: 'one' }))).toBeUndefined();
  expect(cache.remove('things/n/a', 'one')).toBeUndefined();
  expect(cache.size()).toBe(1);
});

describe('a list', () => {
  test('removes what it lacks, and keeps what is newer than itself', () => {
    const cache = new ResourceCache();
    for (const known of [resource('gone', '3'), resource('same', '4'), resource('ours', '20'), resource('born', '21')])
      cache.put(known);
    const changes = cache.replace(all, [resource('same', '4'), resource('ours', '6'), resource('new', '9')], '10');
    expect(changes.map(({ key, resource: now }) => [key, now?.metadata.resourceVersion])).toEqual([
      ['things/n/gone', undefined],
      ['things/n/new', '9'],
    ]);
    expect(cache.get('things/n/ours')?.metadata.resourceVersion).toBe('20');
    expect(cache.get('things/n/born')).toBeDefined();
  });

  test('of one namespace leaves the others alone', () => {
    const cache = new ResourceCache();
    cache.put(resource('a', '1', { namespace: 'one', uid: 'u1' }));
    cache.put(resource('a', '2', { namespace: 'two', uid: 'u2' }));
    cache.replace({ plural: 'things', namespace: 'one' }, [], '10');
    expect(cache.inNamespace('one')).toEqual([]);
    expect(cache.inNamespace('two')).toHaveLength(1);
    cache.replace({ plural: 'others', namespace: undefined }, [], '11');
    expect(cache.size()).toBe(1);
  });
});

test('the list of a namespace is the same object until something in it changes', () => {
  const cache = new ResourceCache();
  cache.put(resource('a', '1'));
  const before = cache.inNamespace('n');
  cache.put(resource('z', '2', { namespace: 'other' }));
  expect(cache.inNamespace('n')).toBe(before);
  cache.put(resource('a', '3'));
  expect(cache.inNamespace('n')).not.toBe(before);
  expect(cache.inNamespace('n').map(keyOf)).toEqual(['things/n/a']);
  expect(cache.inNamespace('none')).toEqual([]);
});

describe('the unfinished ones of a namespace', () => {
  const finished = (name: string, version: string): Resource => {
    const condition = { type: 'Failed', status: 'True', reason: '', message: '', lastTransitionTime: '' } as const;
    return { ...resource(name, version), status: { conditions: [condition] } };
  };

  test('are the same list until one comes, ends or gets another spec', () => {
    const cache = new ResourceCache();
    expect(cache.unfinished('n')).toEqual([]);
    cache.put(resource('a', '1'));
    const one = cache.unfinished('n');
    expect(one).toEqual(['things/n/a']);
    cache.put({ ...resource('a', '2'), status: { state: 'Running' } });
    cache.put(finished('old', '3'));
    expect(cache.unfinished('n')).toBe(one);
    cache.put({ ...resource('a', '4'), metadata: { ...resource('a', '4').metadata, generation: 2 } });
    expect(cache.unfinished('n')).not.toBe(one);
    cache.put(resource('b', '5'));
    expect(cache.unfinished('n')).toEqual(['things/n/a', 'things/n/b']);
    cache.put(finished('a', '6'));
    cache.remove('things/n/b', 'b');
    expect(cache.unfinished('n')).toEqual([]);
  });

  test('and those that wait out a loss are known apart', () => {
    const cache = new ResourceCache();
    const loss = { name: 'x', state: 'Pending', previous: { reason: 'OperationLost' } } as const;
    cache.put({ ...resource('a', '1'), status: { nodes: [loss] } });
    cache.put(resource('b', '2'));
    expect(cache.resting('n')).toEqual(['things/n/a']);
    cache.put(resource('a', '3'));
    expect(cache.resting('n')).toEqual([]);
  });
});
