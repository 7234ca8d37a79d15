// Events never become a storm.
import { expect, test } from '@jest/globals';
import type { RunEvent } from '../../src/core/events.ts';
import { EventBudget } from '../../src/kube/event-budget.ts';

const MINUTE = 60_000;

function event(note: string, type: RunEvent['type'] = 'Normal', node = 'p'): RunEvent {
  return { type, reason: 'R', action: 'A', note, node };
}

test('the same about the same node goes out once in ten minutes', () => {
  const budget = new EventBudget();
  expect(budget.allows('u', event('x'), 0)).toBe(true);
  expect(budget.allows('u', event('x'), 9 * MINUTE)).toBe(false);
  expect(budget.allows('u', event('x', 'Normal', 'q'), 9 * MINUTE)).toBe(true);
  expect(budget.allows('v', event('x'), 9 * MINUTE)).toBe(true);
  expect(budget.allows('u', event('x'), 10 * MINUTE)).toBe(true);
});

test('an object has 25 at once, then two a minute; the last five are for warnings', () => {
  const budget = new EventBudget();
  const out = (type: RunEvent['type'], now: number) =>
    Array.from({ length: 40 }, (_, i) => budget.allows('u', event(`${type} ${i} ${now}`, type), now)).filter(Boolean)
      .length;
  expect(out('Normal', 0)).toBe(20);
  expect(out('Warning', 0)).toBe(5);
  expect(out('Warning', 2 * MINUTE)).toBe(4);
  expect(budget.allows('other', event('x'), 2 * MINUTE)).toBe(true);
});

test('nothing is remembered for longer than it makes a difference', () => {
  const budget = new EventBudget();
  for (let minute = 0; minute < 600; minute += 1) budget.allows(`u${minute}`, event('x'), minute * MINUTE);
  expect(budget.size()).toBe(10 + 13);
  expect(budget.allows('u599', event('x'), 600 * MINUTE)).toBe(false);
});
