// The queue of keys: no duplicates, and groups in turn.
import { expect, test } from '@jest/globals';
import { WorkQueue } from '../../src/runtime/work-queue.ts';

const groupOf = (key: string) => key.split('/')[0] ?? '';
const queueOf = (...keys: string[]) => {
  const queue = new WorkQueue(groupOf);
  for (const key of keys) queue.add(key);
  return queue;
};
const takeAll = (queue: WorkQueue) => Array.from({ length: queue.size }, () => queue.take());

test('keys of one group come in the order in which they were added', () => {
  expect(takeAll(queueOf('a/1', 'a/2', 'a/3'))).toEqual(['a/1', 'a/2', 'a/3']);
});

test('a key waits once, and keeps its place when it is added again', () => {
  expect(takeAll(queueOf('a/1', 'a/2', 'a/1'))).toEqual(['a/1', 'a/2']);
});

test('groups are served in turn: a flood in one delays the others by one key each', () => {
  const flood = Array.from({ length: 1_000 }, (_, index) => `flood/${index}`);
  const queue = queueOf(...flood, 'quiet/1', 'calm/1');
  expect([queue.take(), queue.take(), queue.take()]).toEqual(['flood/0', 'quiet/1', 'calm/1']);
  expect(queue.size).toBe(999);
});

test('a group whose keys are all taken comes back at the end of the line', () => {
  const queue = queueOf('a/1', 'b/1', 'b/2');
  queue.take();
  queue.add('a/2');
  expect(takeAll(queue)).toEqual(['b/1', 'a/2', 'b/2']);
});

test('a key can be added again once it was taken', () => {
  const queue = queueOf('a/1');
  expect(queue.take()).toBe('a/1');
  queue.add('a/1');
  expect(takeAll(queue)).toEqual(['a/1']);
  expect(queue.take()).toBeUndefined();
  expect(queue.size).toBe(0);
});
