// Who shares Pods with whom, as runs and Pods come, change and go; and who waits out a loss where.
import { expect, test } from '@jest/globals';
import { Neighbours } from '../../src/controller/neighbours.ts';
import type { Node, Resource } from '../../src/core/model.ts';
import { MINUTE, NOW, node, planned, resource, run, settings, status, time } from '../support/builders.ts';
import { TestNodes, TestResources } from '../support/ports.ts';

const labelled = (name: string, app: string): Node => node(name, { labels: { app } });
const over = (name: string, app: string, change: Partial<Resource> = {}): Resource => {
  const metadata = { name, uid: `uid-of-${name}` };
  return { ...resource({ metadata, spec: { podSelector: { matchLabels: { app } } } }), ...change };
};
const { status: done } = planned({ nodes: [node('a')], runs: [run('a', 'Completed')] });

function setUp(...resources: Resource[]) {
  const store = new TestResources(...resources);
  const nodes = new TestNodes([labelled('a', 'one'), labelled('b', 'two')]);
  const neighbours = new Neighbours({ resources: store, nodes, settings });
  const of = (one: Resource) => neighbours.of(one).map(({ metadata }) => metadata.name);
  return { store, nodes, neighbours, of };
}

test('runs over the same Pods are neighbours, others and the run itself are not', () => {
  const [one, two, again] = [over('one', 'one'), over('two', 'two'), over('again', 'one')];
  const { of } = setUp(one, two, again);
  expect([of(one), of(two), of(again)]).toEqual([['again'], [], ['one']]);
});

test('a run is seen as it is now', () => {
  const [one, again] = [over('one', 'one'), over('again', 'one')];
  const { store, neighbours, of } = setUp(one, again);
  expect(of(one)).toEqual(['again']);
  store.put({ ...again, status: status([run('a', 'Pending')]) });
  expect(neighbours.of(one)[0]?.status.nodes).toHaveLength(1);
});

test('a run that ends, is deleted or selects other Pods is a neighbour no more; a new one is', () => {
  const [one, again] = [over('one', 'one'), over('again', 'one')];
  const { store, of } = setUp(one, again);
  expect(of(one)).toEqual(['again']);
  store.put({ ...again, metadata: { ...again.metadata, generation: 2 }, spec: over('x', 'two').spec });
  expect(of(one)).toEqual([]);
  store.put(over('third', 'one'));
  expect(of(one)).toEqual(['third']);
  store.put(over('third', 'one', { status: done }));
  expect(of(one)).toEqual([]);
  store.put(again);
  store.stored.delete('cassandracleanups/ns/again');
  expect(of(one)).toEqual([]);
});

test('a Pod that gets other labels makes other neighbours', () => {
  const [one, two] = [over('one', 'one'), over('two', 'two')];
  const { nodes, of } = setUp(one, two);
  expect(of(one)).toEqual([]);
  nodes.nodes = [node('a', { labels: { app: 'one', 'app.kubernetes.io/instance': 'c' } }), labelled('b', 'two')];
  expect(of(one)).toEqual([]);
  nodes.nodes = [labelled('a', 'two'), labelled('b', 'two')];
  expect(of(one)).toEqual([]);
  expect(of(over('three', 'two'))).toEqual(['two']);
  nodes.nodes = ['a', 'b'].map((name) =>
    node(name, { labels: { app: name === 'a' ? 'one' : 'two', 'app.kubernetes.io/instance': 'c' } }),
  );
  expect(of(one)).toEqual(['two']);
});

test('Pods that are known better than the cache has them count as they are known', () => {
  const [one, two] = [over('one', 'one'), over('two', 'two')];
  const { neighbours, of } = setUp(one, two);
  const live = [labelled('a', 'two'), labelled('b', 'two')];
  expect(neighbours.among(two, live, live).map(({ metadata }) => metadata.name)).toEqual([]);
  expect(neighbours.among(one, live, live).map(({ metadata }) => metadata.name)).toEqual(['two']);
  expect(of(one)).toEqual([]);
});

test("a run without Pods is nobody's neighbour, though its cluster has some", () => {
  const one = over('one', 'one');
  const none = over('none', 'none');
  const { of } = setUp(one, { ...none, spec: { ...none.spec, clusterSelector: { matchLabels: { app: 'one' } } } });
  expect(of(one)).toEqual([]);
  expect(of({ ...none, spec: { ...none.spec, clusterSelector: { matchLabels: { app: 'one' } } } })).toEqual(['one']);
});

test('a loss is waited out by all runs of the namespace, also where its run does not select the Pod any more', () => {
  const lost = { attempts: 1, previous: { reason: 'OperationLost' }, notBefore: time(MINUTE) };
  const waits = over('two', 'two', { status: status([run('a', 'Pending', lost)]) });
  const { neighbours } = setUp(over('one', 'one'), waits);
  expect(neighbours.resting(over('one', 'one'), NOW)).toEqual(['a']);
  expect(neighbours.resting(over('one', 'one'), NOW + MINUTE)).toEqual([]);
  expect(neighbours.resting(waits, NOW)).toEqual([]);
});
