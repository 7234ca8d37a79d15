// Clusters, racks and what of a Pod matters to a run, beyond the rules of the hard cases.
import { describe, expect, test } from '@jest/globals';
import { alike, concerns, membersOf, rackNames } from '../../src/core/membership.ts';
import type { Node, RunSpec } from '../../src/core/model.ts';
import { node, settings, spec } from '../support/builders.ts';

const RACK = 'cassandra.datastax.com/rack';
const ZONE = 'topology.kubernetes.io/zone';
const DATACENTER = 'cassandra.datastax.com/datacenter';
const CLUSTER = 'cassandra.datastax.com/cluster';
const INSTANCE = 'app.kubernetes.io/instance';

const pod = (name: string, labels: Record<string, string>, change: Partial<Node> = {}) =>
  node(name, { ...change, labels });
const withoutSidecar = (name: string, labels: Record<string, string>): Node => {
  const { port: _port, ...bare } = pod(name, labels);
  return bare;
};

describe('the cluster of the selected Pods', () => {
  const cluster = (nodes: readonly Node[], change: Parameters<typeof spec>[0] = {}) =>
    membersOf(spec(change), nodes, settings).cluster.map(({ name }) => name);

  test('the first cluster label that a selected Pod carries counts, its further ones do not', () => {
    const nodes = [
      pod('a', { app: 'cassandra', [CLUSTER]: 'east', [INSTANCE]: 'prod' }),
      pod('same-cluster', { [CLUSTER]: 'east' }),
      pod('same-release', { [INSTANCE]: 'prod' }),
      pod('other-cluster', { [CLUSTER]: 'west', [INSTANCE]: 'prod' }),
    ];
    expect(cluster(nodes)).toEqual(['a', 'same-cluster']);
  });

  test('selected Pods of two clusters bring the Pods of both', () => {
    const nodes = [
      pod('a', { app: 'cassandra', [CLUSTER]: 'east' }),
      pod('b', { app: 'cassandra', [INSTANCE]: 'prod' }),
      pod('x', { [CLUSTER]: 'east' }),
      pod('y', { [INSTANCE]: 'prod' }),
    ];
    expect(cluster(nodes)).toEqual(['a', 'b', 'x', 'y']);
  });

  test('selected Pods without any such label are a cluster of their own', () => {
    expect(cluster([pod('a', { app: 'cassandra' }), pod('x', { [CLUSTER]: 'east' }), pod('y', {})])).toEqual(['a']);
  });

  test('a selected Pod without a Sidecar belongs all the same: the run must name it', () => {
    expect(cluster([withoutSidecar('a', { app: 'cassandra', [CLUSTER]: 'east' })])).toEqual(['a']);
  });
});

describe('racks', () => {
  const rackOf = (nodes: readonly Node[], change: Parameters<typeof spec>[0] = {}) => {
    const name = rackNames(spec(change), new Map(nodes.map((one) => [one.name, one])), settings);
    return nodes.map(name);
  };

  test.each([
    ['the first rack label that any selected Pod carries is read', [{ [ZONE]: 'z1', [RACK]: 'r1' }], {}, ['r1']],
    ['rackLabel of the spec comes before the labels of the settings', [{ [RACK]: 'r1', row: '7' }], row(), ['7']],
    [
      'a Pod without the label that others carry has no rack',
      [{ [RACK]: 'r1' }, { [ZONE]: 'z' }],
      {},
      ['r1', undefined],
    ],
    ['no label, no rack', [{}], {}, [undefined]],
    ['a datacenter goes before the rack', [{ [DATACENTER]: 'dc', [RACK]: 'r1' }], {}, ['dc/r1']],
    ['a datacenter alone stands for itself', [{ [DATACENTER]: 'dc' }], {}, ['dc']],
    ['a Pod without datacenter', [{ [DATACENTER]: 'dc', [ZONE]: 'z' }, { [ZONE]: 'z' }], {}, ['dc/z', 'z']],
    ['an empty label is a rack', [{ [RACK]: '' }], {}, ['']],
  ] as [string, Record<string, string>[], Partial<RunSpec>, (string | undefined)[]][])(
    '%s',
    (_what, labels, change, racks) => {
      expect(
        rackOf(
          labels.map((one, index) => pod(`n${index}`, one)),
          change,
        ),
      ).toEqual(racks);
    },
  );

  function row() {
    return { rackLabel: 'row' };
  }
});

describe('what changes of a Pod can change about membership', () => {
  const before = pod('a', { app: 'cassandra' });

  test.each<[string, Node, boolean]>([
    ['nothing', before, true],
    ['its readiness', { ...before, ready: false, uid: 'another' }, true],
    ['the number of its port', { ...before, port: 1 }, true],
    ['its Sidecar', withoutSidecar('a', { app: 'cassandra' }), false],
    ['a label', pod('a', { app: 'web' }), false],
    ['its name', pod('b', { app: 'cassandra' }), false],
  ])('%s', (_what, after, same) => {
    expect(alike(before, after)).toBe(same);
    expect(alike(after, before)).toBe(same);
  });

  test('a Pod that comes or goes does, one that never was does not', () => {
    expect(alike(undefined, before)).toBe(false);
    expect(alike(before, undefined)).toBe(false);
    expect(alike(undefined, undefined)).toBe(true);
  });
});

describe('a Pod concerns a run', () => {
  const ring = { clusterSelector: { matchLabels: { ring: 'r' } } };

  test.each<[string, Record<string, string>, Parameters<typeof spec>[0], boolean]>([
    ['that selects it', { app: 'cassandra' }, {}, true],
    ['whose cluster it may belong to', { [INSTANCE]: 'any' }, {}, true],
    ['not where it carries no label of a cluster', { app: 'web' }, {}, false],
    ['that selects it, whatever clusterSelector says', { app: 'cassandra' }, ring, true],
    ['whose clusterSelector matches it', { ring: 'r' }, ring, true],
    ['not where clusterSelector does not match it', { [INSTANCE]: 'any' }, ring, false],
  ])('%s', (_what, labels, change, yes) => {
    expect(concerns(spec(change), pod('x', labels), settings)).toBe(yes);
  });
});
