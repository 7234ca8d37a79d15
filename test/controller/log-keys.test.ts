// What is logged of a run carries the keys by which a person finds it again: the resource, the node, the operation as its
// Sidecar names it, and the reconcile that said so.
import { expect, test } from '@jest/globals';
import { ApiError } from '../../src/controller/errors.ts';
import type { Log } from '../../src/controller/ports.ts';
import { id, MINUTE, resource, status, time } from '../support/builders.ts';
import { KEY, rig } from './reconciler-rig.ts';

const common = {
  cassandraCleanup: { name: 'orders', namespace: 'ns' },
  reconcileID: expect.stringMatching(/^[0-9a-f-]{36}$/),
};

/** A log that keeps what it is told. */
function keeper() {
  const lines: object[] = [];
  const write: Log['info'] = (message, keys) => lines.push({ message, ...keys });
  return { lines, log: { debug: write, info: write, warn: write, error: write } };
}

test('a line about a node names the resource, the node, the operation and the reconcile', async () => {
  const { lines, log } = keeper();
  const { reconciler, hear, answer, created } = rig(undefined, undefined, { log });
  hear();
  await reconciler.reconcile(KEY);
  await answer(0, created(7));
  await reconciler.reconcile(KEY);
  const message = expect.stringContaining(id(7));
  expect(lines).toContainEqual({ ...common, message, reason: 'NodeStarted', node: 'a', operation: id(7) });
});

test('a line about the run as a whole names no node', async () => {
  const { lines, log } = keeper();
  await rig([], undefined, { log }).reconciler.reconcile(KEY);
  expect(lines).toEqual([{ ...common, message: 'no Pod matches podSelector', reason: 'NoNodesMatched' }]);
});

test('a failure names the resource and the reconcile', async () => {
  const { lines, log } = keeper();
  const { reconciler, resources, hear } = rig(undefined, undefined, { log });
  hear();
  const err = new ApiError('unavailable', 'etcdserver: no leader');
  resources.failures.push(err, err);
  await expect(reconciler.reconcile(KEY)).rejects.toBe(err);
  await expect(reconciler.reconcile(KEY)).rejects.toBe(err);
  const line = { ...common, message: 'reconcile failed; it is tried again', err };
  expect(lines).toEqual([line, line]);
  expect(new Set(lines.map((one) => Reflect.get(one, 'reconcileID'))).size).toBe(2);
});

test('a run that is deleted when its time to live is over is told of in the same way', async () => {
  const { lines, log } = keeper();
  const conditions = [
    { type: 'Complete', status: 'True', reason: 'x', message: '', lastTransitionTime: time() } as const,
  ];
  const ended = status([{ name: 'a', state: 'Completed' }], { completionTime: time(-2 * MINUTE), conditions });
  const first = resource({ spec: { ttlSecondsAfterFinished: 60 }, status: ended });
  await rig(undefined, first, { log }).reconciler.reconcile(KEY);
  expect(lines).toEqual([{ ...common, message: 'deleted: ttlSecondsAfterFinished is over' }]);
});

test('an outcome that cannot be written on the way out names the resource', async () => {
  const { lines, log } = keeper();
  const { reconciler, resources, hear, answer, created } = rig(undefined, undefined, { log });
  hear();
  await reconciler.reconcile(KEY);
  await answer(0, created(7));
  const err = new ApiError('unavailable', 'etcdserver: no leader');
  resources.failures.push(err);
  await reconciler.flush();
  const { cassandraCleanup } = common;
  expect(lines).toEqual([{ cassandraCleanup, message: 'an outcome was not recorded', err }]);
});
