// docs/troubleshooting.md has an entry for every reason that the code can write into a status, and for nothing else.
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { conditionStatusValues, nodeRunStates, runStates } from '../src/api/generated.ts';
import { conditionTypes } from '../src/api/names.ts';

const root = join(import.meta.dirname, '..');
const read = (path: string) => readFileSync(join(root, path), 'utf8');
const sources = globSync('src/{core,operations}/*.ts', { cwd: root }).map(read).join('\n');
const page = read('docs/troubleshooting.md');

/** Words of these layers that look like a reason and are none: states, conditions, types of Events. */
const others: readonly string[] = [
  ...runStates,
  ...nodeRunStates,
  ...conditionStatusValues,
  ...conditionTypes,
  'Normal',
  'Warning',
];

/** Every CamelCase text of the pure layers that is no such word, and every text that stands as a reason. */
function reasonsOfTheCode(): string[] {
  const texts = [...sources.matchAll(/'((?:[A-Z][a-z]+)+)'/g)].map(([, text = '']) => text);
  const given = [...sources.matchAll(/\b(?:reason: |hold\()'(\w+)'/g)].map(([, text = '']) => text);
  return [...new Set([...texts.filter((text) => !others.includes(text)), ...given])].sort();
}

const entries = [...page.matchAll(/^### `(\w+)`$/gm)].map(([, name = '']) => name);

test('every reason that the code can write has its entry, and no entry is of another', () => {
  expect(reasonsOfTheCode().length).toBeGreaterThan(30);
  expect([...entries].sort()).toEqual(reasonsOfTheCode());
});

test('texts that are put together at run time are among them', () => {
  const composed = [...sources.matchAll(/\$\{[\w.]*reason\}(\w+)`/g)].map(([, suffix = '']) => suffix);
  expect(composed).toEqual(['AfterLoss']);
  const forgotten = [...sources.matchAll(/class: 'forgotten', reason: '(\w+)'/g)].map(([, reason = '']) => reason);
  expect(forgotten.length).toBeGreaterThan(1);
  expect(entries).toEqual(expect.arrayContaining(forgotten.map((reason) => `${reason}AfterLoss`)));
});

describe('an entry', () => {
  const bodies = page
    .split(/^### `/m)
    .slice(1)
    .map((part) => [part.split('`')[0] ?? '', part.split('\n').slice(1).join('\n').split('\n## ')[0] ?? '']);

  test.each(bodies)('of %s says what it means and what to do', (_reason, body = '') => {
    expect(body.trim().split(/\s+/).length).toBeGreaterThan(4);
  });
});

test('every reason is found by a symptom, but those that say that all is well', () => {
  const [, symptoms = ''] = page.split('\n## By symptom\n');
  const linked = [...(symptoms.split('\n## ')[0] ?? '').matchAll(/\[`(\w+)`\]\(#\w+\)/g)].map(([, name = '']) => name);
  const well = ['NodesCompleted', 'NodesRemaining', 'NotSuspended', 'NotStalled', 'CompletionTimeMissing'];
  const lonely = entries.filter((name) => ![...linked, ...well].includes(name));
  expect(lonely).toEqual([]);
});
