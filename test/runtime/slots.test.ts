// A cap on what is under way at once.
import { expect, test } from '@jest/globals';
import { Slots } from '../../src/runtime/slots.ts';
import { settled } from '../support/virtual-clock.ts';

test('the rest wait in line, and go on as slots are freed, also by errors', async () => {
  const slots = new Slots(2);
  const begun: string[] = [];
  const ends = new Map<string, { resolve: () => void; reject: (error: Error) => void }>();
  const use = (name: string) =>
    slots.use([], () => {
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

/** Slots whose work a test ends by hand: `ends` by name, in the order of their beginning. */
function rig(...caps: number[]) {
  const slots = new Slots(...caps);
  const ends = new Map<string, () => void>();
  const begin = (groups: string[], name: string) =>
    slots.run(groups, () => new Promise<void>((resolve) => ends.set(name, resolve)));
  const end = async (name: string) => {
    ends.get(name)?.();
    ends.delete(name);
    await settled();
  };
  return { slots, begin, end, underWay: () => [...ends.keys()] };
}

test('a group takes no more than its cap, and what it cannot take is there for others', async () => {
  const { begin, end, underWay } = rig(4, 2);
  for (let n = 0; n < 9; n += 1) begin(['dark'], `d${n}`);
  expect(underWay()).toEqual(['d0', 'd1']);
  for (let n = 0; n < 3; n += 1) begin(['bright'], `b${n}`);
  expect(underWay()).toEqual(['d0', 'd1', 'b0', 'b1']);
  await end('b0');
  expect(underWay()).toEqual(['d0', 'd1', 'b1', 'b2']);
  await end('d0');
  expect(underWay()).toEqual(['d1', 'b1', 'b2', 'd2']);
});

test('groups are served in turn, and so are groups in a group', async () => {
  const { begin, end, underWay } = rig(1);
  for (const name of ['x1', 'x2', 'x3']) begin(['flood', 'x'], name);
  for (const name of ['y1', 'y2']) begin(['flood', 'y'], name);
  begin(['quiet', 'z'], 'z1');
  const order: string[] = [];
  while (underWay().length > 0) {
    const [name = ''] = underWay();
    order.push(name);
    await end(name);
  }
  expect(order).toEqual(['x1', 'x2', 'z1', 'y1', 'x3', 'y2']);
});

test('a group in a group has a cap of its own', () => {
  const { begin, underWay } = rig(9, 4, 3);
  for (let n = 0; n < 5; n += 1) begin(['ns', 'x'], `x${n}`);
  for (let n = 0; n < 5; n += 1) begin(['ns', 'y'], `y${n}`);
  expect(underWay()).toEqual(['x0', 'x1', 'x2', 'y0']);
});

test('what is not needed any more when its turn comes takes no slot', async () => {
  const { slots, begin, end, underWay } = rig(1, 1);
  begin(['a'], 'a1');
  slots.run(['a'], () => undefined);
  slots.run(['b'], () => undefined);
  begin(['a'], 'a2');
  await end('a1');
  expect(underWay()).toEqual(['a2']);
});

test('no cap is ever passed, nothing waits while there is a slot for it, and everything ends', async () => {
  const { begin, end, underWay } = rig(7, 4, 2);
  const names = Array.from({ length: 400 }, (_, n) => `${n % 3}/${n % 11}/${n}`);
  let begun = 0;
  for (const name of names) begin([name.split('/')[0] ?? '', name.split('/').slice(0, 2).join('/')], name);
  while (underWay().length > 0) {
    const now = underWay();
    const most = (parts: number) => {
      const groups = Map.groupBy(now, (name) => name.split('/').slice(0, parts).join('/'));
      return Math.max(...[...groups.values()].map(({ length }) => length));
    };
    expect([now.length <= 7, most(1) <= 4, most(2) <= 2]).toEqual([true, true, true]);
    if (begun < 300) expect(now).toHaveLength(7);
    begun += 1;
    await end(now[(begun * 5) % now.length] ?? '');
  }
  expect(begun).toBe(400);
});
