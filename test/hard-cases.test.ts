// Every rule of the page of hard cases is named by the title of at least one test, as `rule 13: …`.
import { globSync, readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';

const RULES = 31;
const TITLE = /\b(?:describe|test)(?:\.each\([\s\S]*?\]\))?\(\s*(['"`])((?:(?!\1).)*?\brule (\d+):)/g;

function rulesNamedIn(text: string): number[] {
  return [...text.matchAll(TITLE)].map((match) => Number(match[3]));
}

test('every rule is named by a test', () => {
  const files = globSync('**/*.test.ts', { cwd: import.meta.dirname });
  const named = new Set(files.flatMap((file) => rulesNamedIn(readFileSync(`${import.meta.dirname}/${file}`, 'utf8'))));
  const missing = Array.from({ length: RULES }, (_, index) => index + 1).filter((rule) => !named.has(rule));
  expect(missing).toEqual([]);
});

test('a rule counts as named in a title only', () => {
  const titles = ["describe('rule 1: x', () => {", 'test.each([1])("of rule 2: x", () => {', "test('rule 3: it', ..."];
  const others = ['// rule 4: a comment', "expect('rule 5: x')", "test('rule 6 without a sentence')"];
  expect(rulesNamedIn([...titles, ...others].join('\n'))).toEqual([1, 2, 3]);
});
