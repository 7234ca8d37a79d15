// One after another where names are shared, at once where they are not.
import { expect, test } from '@jest/globals';
import { Turns } from '../../src/controller/turns.ts';
import { settled } from '../support/virtual-clock.ts';

function course() {
  const turns = new Turns();
  const begun: string[] = [];
  const ends = new Map<string, (error?: Error) => void>();
  const take = (id: string, ...names: string[]) =>
    turns.take(names, () => {
      begun.push(id);
      return new Promise<string>((resolve, reject) => {
        ends.set(id, (error) => (error === undefined ? resolve(id) : reject(error)));
      });
    });
  return { begun, ends, take };
}

test('those that share a name go one after another, in the order they came', async () => {
  const { begun, ends, take } = course();
  for (const id of ['1', '2', '3']) void take(id, 'a');
  await settled();
  expect(begun).toEqual(['1']);
  ends.get('1')?.();
  await settled();
  expect(begun).toEqual(['1', '2']);
});

test('those that share none go at once', async () => {
  const { begun, take } = course();
  void take('1', 'a', 'b');
  void take('2', 'c');
  await settled();
  expect(begun).toEqual(['1', '2']);
});

test('one that shares names with two waits for both, and holds up whoever comes for any of its own', async () => {
  const { begun, ends, take } = course();
  void take('1', 'a');
  void take('2', 'b');
  void take('both', 'a', 'b', 'c');
  void take('4', 'c');
  await settled();
  ends.get('1')?.();
  await settled();
  expect(begun).toEqual(['1', '2']);
  ends.get('2')?.();
  await settled();
  expect(begun).toEqual(['1', '2', 'both']);
  ends.get('both')?.();
  await settled();
  expect(begun).toEqual(['1', '2', 'both', '4']);
});

test('one that fails tells its own caller, and nobody else', async () => {
  const { ends, take } = course();
  const first = take('1', 'a');
  const second = take('2', 'a');
  await settled();
  ends.get('1')?.(new Error('no'));
  await expect(first).rejects.toThrow('no');
  await settled();
  ends.get('2')?.();
  expect(await second).toBe('2');
});
