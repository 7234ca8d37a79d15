// Warnings of what no status holds: each once for as long as it lasts, and again when it comes back.
import { expect, test } from '@jest/globals';
import { News } from '../../src/controller/news.ts';
import type { Plan } from '../../src/core/model.ts';
import { observation, planned } from '../support/builders.ts';

test('a node that is not NORMAL is told once, again in another state, and again after it was NORMAL', () => {
  const told: string[] = [];
  const log = { debug() {}, info() {}, warn() {}, error() {} };
  const news = new News({ log, events: { emit: (_resource, events) => told.push(...events.map(({ note }) => note)) } });
  const remembered = new Set<string>();
  const see = (...unsafe: Plan['unsafe']) => {
    told.length = 0;
    news.warn(observation({}), { ...planned(), unsafe }, remembered);
    return told.map((note) => note.split(' while')[0]);
  };
  const unknown = { node: 'b', state: 'UNKNOWN' } as const;
  const leaving = { node: 'b', state: 'LEAVING' } as const;
  expect(see(unknown)).toEqual(['b: UNKNOWN']);
  expect(see(unknown)).toEqual([]);
  expect(see(unknown, { node: 'c', state: 'MOVING' })).toEqual(['c: MOVING']);
  expect(see()).toEqual([]);
  expect(see(leaving)).toEqual(['b: LEAVING']);
  expect(see(unknown)).toEqual(['b: UNKNOWN']);
});
