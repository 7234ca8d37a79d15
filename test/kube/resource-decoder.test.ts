// Reading stored objects: nothing throws, nothing is invented, and no doubt ever leads to a request.
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { NodeStatus } from '../../src/api/generated.ts';
import { decodeResource } from '../../src/kube/resource-decoder.ts';

const metadata = {
  name: 'a',
  namespace: 'n',
  uid: 'u',
  resourceVersion: '7',
  generation: 2,
  creationTimestamp: '2026-08-23T10:00:00Z',
};
const spec = {
  podSelector: { matchLabels: { app: 'x' } },
  keyspace: 'k',
  tables: ['t'],
  jobs: 2,
  parallelism: 3,
  suspend: true,
  backoffLimitPerNode: 1,
  maxFailedNodes: 0,
};

function decoded(raw: object) {
  const resource = decodeResource('things', { metadata, spec, ...raw });
  if (resource === undefined) throw new Error('not decoded');
  return resource;
}

function node(entry: object): NodeStatus | undefined {
  return decoded({ status: { nodes: [entry] } }).status.nodes?.[0];
}

test('a whole status comes back as it was written', () => {
  const status = {
    observedGeneration: 2,
    state: 'Running',
    startTime: '2026-08-23T10:00:00Z',
    progressPercent: 25,
    total: 1,
    conditions: [
      {
        type: 'Complete',
        status: 'False',
        observedGeneration: 2,
        lastTransitionTime: '2026-08-23T10:00:00Z',
        reason: 'X',
        message: '',
      },
    ],
    nodes: [
      {
        name: 'p-0',
        state: 'Running',
        rack: 'dc/r',
        attempts: 2,
        failures: 1,
        startTime: '2026-08-23T10:00:00Z',
        since: '2026-08-23T10:00:00Z',
        notBefore: '2026-08-23T10:00:00Z',
        podUID: 'pu',
        sidecarContainer: 'containerd://1',
        intent: { id: 'i', time: '2026-08-23T10:00:00.123Z', baseline: ['x'] },
        operation: {
          id: 'o',
          state: 'FAILED',
          progress: 0.5,
          creationTime: '2026-08-23T10:00:00.123456789Z',
          startTime: '2026-08-23T10:00:00Z',
          completionTime: '2026-08-23T10:00:00Z',
          failureCause: { message: 'm', source: 's' },
        },
        previous: { id: 'q', reason: 'Lost' },
        reason: 'R',
        message: 'm',
      },
    ],
  };
  expect(decoded({ status }).status).toEqual(status);
});

test('of metadata only what the operator needs is kept, and all of a valid spec', () => {
  const raw = {
    metadata: { ...metadata, labels: { a: 'b' }, managedFields: [{ manager: 'x' }], annotations: { c: 'd' } },
  };
  expect(decoded(raw)).toEqual({ plural: 'things', metadata, spec, status: {} });
});

test.each(['name', 'namespace', 'uid', 'resourceVersion'])('an object without %s is none', (field) => {
  expect(decodeResource('things', { metadata: { ...metadata, [field]: undefined }, spec })).toBeUndefined();
});

test('nothing that can be stored makes it throw, and every node it gives has a name and a state of ours', () => {
  const states = ['Pending', 'Submitting', 'Running', 'Completed', 'Failed', 'Skipped'];
  const value = fc.oneof(fc.jsonValue(), fc.constantFrom('Running', 'Submitting', '2026-08-23T10:00:00Z', 1, 'x'));
  const loose = (...names: string[]) =>
    fc.record(Object.fromEntries(names.map((name) => [name, value])), { requiredKeys: [] });
  const operation = fc.oneof(value, loose('id', 'state', 'progress', 'failureCause', 'startTime'));
  const entry = fc
    .tuple(
      loose('name', 'state', 'attempts', 'startTime', 'message', 'rack', '__proto__'),
      operation,
      fc.oneof(value, loose('id', 'time')),
    )
    .map(([rest, op, intent]) => ({ ...rest, operation: op, intent }));
  const status = fc.oneof(
    value,
    fc
      .tuple(loose('conditions', 'state', 'total'), fc.array(fc.oneof(entry, value)))
      .map(([rest, nodes]) => ({ ...rest, nodes })),
  );
  const selector = fc.oneof(value, loose('matchLabels', 'matchExpressions'));
  const specs = fc.oneof(
    value,
    fc.record(
      { podSelector: selector, clusterSelector: selector, parallelism: value, suspend: value },
      { requiredKeys: [] },
    ),
  );
  fc.assert(
    fc.property(status, specs, (anyStatus, anySpec) => {
      const resource = decodeResource('things', { metadata, status: anyStatus, spec: anySpec });
      for (const { name, state, operation: op, intent } of resource?.status.nodes ?? []) {
        expect(name).toBeTruthy();
        expect(states).toContain(state);
        if (state === 'Running') expect(op?.id).toBeTruthy();
        if (state === 'Submitting') expect(intent?.id).toBeTruthy();
      }
      const { matchLabels = {}, matchExpressions = [] } = resource?.spec.podSelector ?? {};
      expect(Object.keys(matchLabels).length + matchExpressions.length).toBeGreaterThan(0);
      expect(resource?.spec.parallelism).toBeGreaterThanOrEqual(1);
    }),
    { numRuns: 500 },
  );
  fc.assert(fc.property(fc.anything(), (anything) => void decodeResource('things', anything)));
});

describe('an entry of status.nodes', () => {
  const operation = { id: 'o', state: 'RUNNING' };
  const intent = { id: 'i', time: '2026-08-23T10:00:00Z' };
  const lost = { id: 'unreadable', time: '1970-01-01T00:00:00Z' };

  test.each<[string, object, object | undefined]>([
    ['that is no object is dropped', [], undefined],
    ['without a name is dropped', { state: 'Running' }, undefined],
    [
      'of an unknown state with an operation is running: it is asked for',
      { state: 'Odd', operation },
      { state: 'Running', operation },
    ],
    ['of an unknown state with an intent is recovered', { state: 'Odd', intent }, { state: 'Submitting', intent }],
    [
      'of an unknown state after attempts is recovered',
      { state: 'Odd', attempts: 1 },
      { state: 'Submitting', attempts: 1, intent: lost },
    ],
    ['of an unknown state that never tried anything is pending', { state: 'Odd' }, { state: 'Pending' }],
    [
      'that runs without an operation is recovered',
      { state: 'Running', operation: { id: 7 } },
      { state: 'Submitting', intent: lost },
    ],
    [
      'that submits without an intent is recovered',
      { state: 'Submitting', intent: 'x' },
      { state: 'Submitting', intent: lost },
    ],
    ['that is pending with an intent is recovered', { state: 'Pending', intent }, { state: 'Submitting', intent }],
    [
      'that is pending after an attempt stays so',
      { state: 'Pending', attempts: 2, operation },
      { state: 'Pending', attempts: 2, operation },
    ],
    ['that is final stays final', { state: 'Failed', intent }, { state: 'Failed', intent }],
    [
      'whose operation is in an unknown state counts as running',
      { state: 'Running', operation: { id: 'o', state: 'PAUSED' } },
      { state: 'Running', operation },
    ],
    ['loses a reason that is no word', { state: 'Pending', reason: 'not ready' }, { state: 'Pending' }],
    ['loses an empty reason', { state: 'Pending', reason: '' }, { state: 'Pending' }],
    ['keeps a word of another version', { state: 'Pending', reason: 'Odd' }, { state: 'Pending', reason: 'Odd' }],
    [
      'loses fields of a wrong type',
      { state: 'Pending', attempts: '1', rack: 7, since: 'soon', message: null },
      { state: 'Pending' },
    ],
  ])('%s', (_name, raw, expected) => {
    const entry = Array.isArray(raw) || _name.includes('without a name') ? raw : { name: 'p', ...raw };
    expect(node(entry)).toEqual(expected && { name: 'p', ...expected });
  });

  test('comes once: a second one of the same name is dropped', () => {
    const nodes = [
      { name: 'p', state: 'Completed' },
      { name: 'p', state: 'Pending' },
    ];
    expect(decoded({ status: { nodes } }).status.nodes).toEqual([nodes[0]]);
  });
});

test.each([[7], ['x'], [{}], [null]])('nodes that are no list (%j) are absent', (nodes) => {
  expect(decoded({ status: { nodes, total: 3 } }).status).toEqual({ total: 3 });
});

describe('an unreadable spec does less, never more:', () => {
  const nothing = { matchExpressions: [{ key: 'unreadable', operator: 'In', values: [] }] };

  test.each([
    [undefined],
    [{}],
    [{ matchLabels: {} }],
    [{ matchLabels: { a: 1 } }],
    [{ matchLabels: { a: 'b' }, matchExpressions: [{ key: 'x', operator: 'Near' }] }],
    [{ matchLabels: { a: 'b' }, matchExpressions: 'x' }],
  ])('podSelector %j selects no Pod', (podSelector) => {
    expect(decoded({ spec: { ...spec, podSelector } }).spec.podSelector).toEqual(nothing);
  });

  test('neither does a run whose clusterSelector is unreadable', () => {
    const { podSelector, clusterSelector } = decoded({ spec: { ...spec, clusterSelector: { matchLabels: 1 } } }).spec;
    expect(podSelector).toEqual(nothing);
    expect(clusterSelector).toBeUndefined();
  });

  test('numbers fall back to the smallest, and a suspend of a wrong type suspends', () => {
    const odd = {
      parallelism: 'all',
      suspend: 'no',
      backoffLimitPerNode: -1,
      maxFailedNodes: 'many',
      nodeDeadlineSeconds: 'x',
    };
    const read = decoded({ spec: { podSelector: spec.podSelector, ...odd } }).spec;
    const expected = { parallelism: 1, suspend: true, backoffLimitPerNode: 0, maxFailedNodes: 0 };
    expect(read).toEqual({ podSelector: spec.podSelector, ...expected });
  });

  test('absent fields have the defaults of the CRD', () => {
    const read = decoded({ spec: { podSelector: spec.podSelector } }).spec;
    expect(read).toEqual({ podSelector: spec.podSelector, parallelism: 1, suspend: false, backoffLimitPerNode: 3 });
  });
});
