// Who may gather answers now, and who lines up.
import { expect, test } from '@jest/globals';
import { Admission } from '../../src/runtime/admission.ts';
import { VirtualClock } from '../support/virtual-clock.ts';

function door(most = 10) {
  const clock = new VirtualClock(0);
  const admitted: string[] = [];
  const admission = new Admission({
    ...{ clock, most, stayMs: 2_000 },
    groupOf: (key) => key.split('/')[0] ?? '',
    admit: (key) => admitted.push(key),
  });
  return { clock, admission, admitted };
}

test('lets in while there is room, however much the last one brings', () => {
  const { admission } = door();
  expect(['a', 'b', 'c'].map((key) => admission.admits(key, 9))).toEqual([true, true, false]);
});

test('lets the first in line in when one leaves, and calls it; it is inside then', () => {
  const { admission, admitted } = door();
  for (const key of ['a', 'b', 'c']) admission.admits(key, 10);
  expect(admitted).toEqual([]);
  admission.leave('a');
  expect(admitted).toEqual(['b']);
  expect(admission.admits('b', 10)).toBe(true);
  expect(admission.admits('c', 10)).toBe(false);
  admission.leave('b');
  expect(admitted).toEqual(['b', 'c']);
});

test('who asks again in line keeps its place, and who is inside stays inside', () => {
  const { admission, admitted } = door();
  for (const key of ['a', 'a', 'b', 'c', 'b']) admission.admits(key, 10);
  admission.leave('a');
  admission.leave('b');
  expect(admitted).toEqual(['b', 'c']);
});

test('groups are let in by turns', () => {
  const { admission, admitted } = door();
  for (const key of ['x/1', 'x/2', 'x/3', 'y/1']) admission.admits(key, 10);
  for (const key of ['x/1', 'x/2', 'y/1']) admission.leave(key);
  expect(admitted).toEqual(['x/2', 'y/1', 'x/3']);
});

test('who leaves the line is passed over', () => {
  const { admission, admitted } = door();
  for (const key of ['a', 'b', 'c']) admission.admits(key, 10);
  admission.leave('b');
  expect(admitted).toEqual([]);
  admission.leave('a');
  expect(admitted).toEqual(['c']);
});

test('who stays for longer than it may makes room, and lines up behind the others when it asks again', async () => {
  const { clock, admission, admitted } = door();
  for (const key of ['a', 'b']) admission.admits(key, 10);
  await clock.advance(1_999);
  expect(admitted).toEqual([]);
  await clock.advance(1);
  expect(admitted).toEqual(['b']);
  expect(admission.admits('a', 10)).toBe(false);
  admission.leave('b');
  expect(admitted).toEqual(['b', 'a']);
});

test('what was let in late has its whole time, and who left in time makes no room twice', async () => {
  const { clock, admission, admitted } = door();
  for (const key of ['a', 'b', 'c']) admission.admits(key, 10);
  await clock.advance(1_000);
  admission.leave('a');
  await clock.advance(1_999);
  expect(admitted).toEqual(['b']);
  await clock.advance(1);
  expect(admitted).toEqual(['b', 'c']);
});

test('the time of one that is called begins when it has come in', async () => {
  const { clock, admission, admitted } = door();
  for (const key of ['a', 'b', 'c']) admission.admits(key, 10);
  admission.leave('a');
  await clock.advance(1_500);
  expect(admission.admits('b', 10)).toBe(true);
  await clock.advance(1_000);
  expect(admission.admits('b', 10)).toBe(true);
  await clock.advance(999);
  expect(admitted).toEqual(['b']);
  await clock.advance(1);
  expect(admitted).toEqual(['b', 'c']);
});

test('one that never comes in keeps nobody out for longer than one that does', async () => {
  const { clock, admission, admitted } = door();
  for (const key of ['a', 'b', 'c']) admission.admits(key, 10);
  admission.leave('a');
  await clock.advance(2_000);
  expect(admitted).toEqual(['b', 'c']);
});
