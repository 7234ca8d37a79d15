// docs/security.md: every answer names the test that holds it, and that test is there.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';

const root = join(import.meta.dirname, '..');
const read = (path: string) => readFileSync(join(root, path), 'utf8');

const [, section = ''] = read('docs/security.md').split('\n## Threats and answers\n');
const rows = (section.split('\n## ')[0] ?? '')
  .split('\n')
  .filter((line) => line.startsWith('| ') && !line.startsWith('| threat'))
  .map((line) => line.split(' | ').map((cell) => cell.replace(/^\| | \|$/g, '')));

test('there are threats, and each has an answer and a test', () => {
  expect(rows.length).toBeGreaterThan(10);
  expect(rows.filter((cells) => cells.length !== 3 || cells.some((cell) => cell.trim() === ''))).toEqual([]);
});

test.each(rows)('%s', (_threat, _answer, heldBy = '') => {
  const named = [...heldBy.matchAll(/`(test\/[\w/.-]+)`: "([^"]+)"/g)];
  expect(named.length).toBe(heldBy.split('; ').length);
  for (const [, path = '', title = ''] of named) {
    expect([path, existsSync(join(root, path))]).toEqual([path, true]);
    const literals = [...read(path).matchAll(/'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"/g)].map(([text]) => text);
    expect([path, title, literals.some((text) => text.includes(title))]).toEqual([path, title, true]);
  }
});
