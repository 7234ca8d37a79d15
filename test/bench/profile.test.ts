// Profiles and heap snapshots as the bench reads them: small ones, made by hand.
import { describe, expect, test } from '@jest/globals';
import { byFile, type CpuProfile, foldedStacks, frameTree, hottest } from '../../bench/profile/cpu-profile.ts';
import { flameGraph } from '../../bench/profile/flame-graph.ts';
import { heapShares } from '../../bench/profile/heap.ts';

const frame = (functionName: string, url = '', lineNumber = 0) => ({ functionName, url, lineNumber });

/** 1 ms of the root, 2 ms of plan, 5 ms of a package below it, 90 ms idle. */
const profile: CpuProfile = {
  nodes: [
    { id: 1, callFrame: frame('(root)'), children: [2, 4] },
    { id: 2, callFrame: frame('plan', 'file:///work/src/core/plan.ts', 9), children: [3] },
    { id: 3, callFrame: frame('', 'file:///work/node_modules/got/index.js', 1) },
    { id: 4, callFrame: frame('(idle)') },
  ],
  samples: [1, 2, 3, 4],
  timeDeltas: [1_000, 2_000, 5_000, 90_000],
};

describe('a CPU profile', () => {
  const root = frameTree(profile);

  test('becomes a tree of self and total times, without what was idle', () => {
    expect(root).toMatchObject({ totalMs: 8, selfMs: 1 });
    expect(root.children).toHaveLength(1);
    expect(root.children[0]).toMatchObject({ name: 'plan src/core/plan.ts:10', totalMs: 7, selfMs: 2 });
  });

  test('tells the hottest functions, and files and packages', () => {
    expect(hottest(root, 1)).toEqual([{ name: '(anonymous) node_modules/got/index.js:2', ms: 5, share: 5 / 8 }]);
    expect(byFile(root, 2).map(({ name }) => name)).toEqual(['got', 'src/core/plan.ts']);
  });

  test('becomes stacks that flame graph programs read', () => {
    expect(foldedStacks(root)).toContain('(root);plan src/core/plan.ts:10 2\n');
  });

  test('becomes a flame graph with a box for each function', () => {
    const svg = flameGraph(root, 'a <title>');
    expect(svg.match(/<rect/g)).toHaveLength(3);
    expect(svg).toContain('a &lt;title&gt;');
    expect(svg).toContain('<title>plan src/core/plan.ts:10: 7 ms, 87.5 %</title>');
  });
});

test('a heap snapshot is summed up by the names of objects and by the sorts of all else', () => {
  const snapshot = {
    snapshot: {
      meta: {
        node_fields: ['type', 'name', 'id', 'self_size'],
        node_types: [['object', 'string']] as [readonly string[]],
      },
    },
    nodes: [0, 0, 1, 100, 0, 0, 2, 50, 1, 1, 3, 200],
    strings: ['Map', 'some text'],
  };
  expect(heapShares(snapshot, 2)).toEqual([
    { name: 'string', count: 1, bytes: 200 },
    { name: 'object Map', count: 2, bytes: 150 },
  ]);
});
