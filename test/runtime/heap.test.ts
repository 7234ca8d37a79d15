// The heap is closed up: shown in a process of its own, as this one's heap belongs to jest.
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { imageNodeFlags } from '../support/image-command.ts';

const HEAP = join(import.meta.dirname, '..', '..', 'src', 'runtime', 'heap.ts');
/** Keeps every eighth of many objects, as a list is left when what was decoded has gone; prints the MB held. */
const SCRIPT = `
  import { compactHeap } from ${JSON.stringify(HEAP)};
  let objects = Array.from({ length: 800_000 }, (_, index) => ({ index }));
  objects = objects.filter((_, index) => index % 8 === 0);
  compactHeap();
  console.log(JSON.stringify({ kept: objects.length, held: process.memoryUsage().heapTotal / 1e6 }));
`;

function heapAfter(flags: readonly string[]): { kept: number; held: number } {
  const args = ['--disable-warning=ExperimentalWarning', ...flags];
  return JSON.parse(
    execFileSync(process.execPath, [...args, '--input-type=module', '-e', SCRIPT], { encoding: 'utf8' }),
  );
}

describe('the heap', () => {
  test('gives back what garbage took, once it is closed up', () => {
    const { kept, held } = heapAfter(imageNodeFlags());
    expect(kept).toBe(100_000);
    expect(held).toBeLessThan(20);
  });

  test('is left alone where node does not let it be collected', () => {
    const { kept, held } = heapAfter(imageNodeFlags().filter((flag) => flag !== '--expose-gc'));
    expect(kept).toBe(100_000);
    expect(held).toBeGreaterThan(30);
  });
});
