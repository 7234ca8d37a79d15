// Stands in for @jest/globals while mutants are put to the tests: collects tests on values, which need no more of jest than this.
import { format } from 'node:util';

/** A test that was found, and not run yet. */
export interface CollectedTest {
  readonly name: string;
  readonly run: () => unknown;
}

export { expect } from 'expect';
export const tests: CollectedTest[] = [];

type Body = (...args: unknown[]) => unknown;

const valuesOf = (row: unknown): unknown[] => (Array.isArray(row) ? row : [row]);
const collect = (name: string, run: Body) => tests.push({ name, run: () => run() });
const collectEach = (rows: readonly unknown[]) => (name: string, run: Body) => {
  for (const row of rows) collect(format(name, ...valuesOf(row)), () => run(...valuesOf(row)));
};
const enter = (_name: string, body: Body) => body();
const enterEach = (rows: readonly unknown[]) => (_name: string, body: Body) => {
  for (const row of rows) body(...valuesOf(row));
};

export const test = Object.assign(collect, { each: collectEach });
export const describe = Object.assign(enter, { each: enterEach });
