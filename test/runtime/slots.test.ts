// A cap on what is under way at once.
import { expect, test } from '@jest/globals';
import { Slots } from '../../src/runtime/slots.ts';
import { settled } from '../support/virtual-clock.ts';

test('the rest wait in line, and go on as slots are freed, also by errors', async () => {
  const slots = new Slots(2);
  const begun: string[] = [];
  const ends = new Map<string, { resolve: () => void; reject: (error: Error) => void }>();
  const use = (name: string) =>
    slots.use(() => {
      begun.push(name);
      return new Promise<void>((resolve, reject) => ends.set(name, { resolve, reject }));
    });
  const all = ['a', 'b', 'c', 'd'].map((name) => use(name).catch(() => 'failed'));
  await settled();
  expect(begun).toEqual(['a', 'b']);
  ends.get('b')?.reject(new Error('x'));
  await settled();
  expect(begun).toEqual(['a', 'b', 'c']);
  ends.get('a')?.resolve();
  await settled();
  expect(begun).toEqual(['a', 'b', 'c', 'd']);
  ends.get('c')?.resolve();
  ends.get('d')?.resolve();
  expect(await Promise.all(all)).toEqual([undefined, 'failed', undefined, undefined]);
});
