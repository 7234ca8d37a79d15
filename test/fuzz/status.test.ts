// Fuzzing of objects and of a status that someone else wrote: decoded, then lived with to its end among healthy Sidecars. Nothing
// throws, what is written fits the CRD and its size, and the run comes to its end in time. FUZZ=100 runs a hundred times as long.
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { storedBytes } from '../../src/core/bounds.ts';
import { MAX_STATUS_BYTES } from '../../src/core/limits.ts';
import type { Resource } from '../../src/core/model.ts';
import { isFinished } from '../../src/core/queue.ts';
import { decodeResource } from '../../src/kube/resource-decoder.ts';
import { cleanup } from '../../src/operations/cleanup.ts';
import { HOUR, id, MINUTE, NOW, operation, spec, time } from '../support/builders.ts';
import { complaintsAbout } from '../support/crd-schema.ts';
import { aPath, patience, replaced, runs } from './fuzzing.ts';
import { NAMES, World } from './world.ts';

const metadata = { name: 'orders', namespace: 'ns', uid: 'uid-of-orders', resourceVersion: '1', generation: 1 };

/** The first of these in most cases. */
function mostly<T>(usual: fc.Arbitrary<T>, ...rest: fc.Arbitrary<T>[]): fc.Arbitrary<T> {
  return fc.oneof({ weight: 5, arbitrary: usual }, ...rest.map((arbitrary) => ({ weight: 1, arbitrary })));
}

/** An object of these fields, each of which may be absent. */
function some(fields: Record<string, fc.Arbitrary<unknown>>): fc.Arbitrary<object> {
  return fc.record(fields, { requiredKeys: [] });
}

const anyText = fc.oneof(fc.string({ unit: 'grapheme', maxLength: 30 }), fc.constant('m'.repeat(256)));
const aTime = mostly(
  fc.integer({ min: -3 * 86_400, max: 600 }).map((seconds) => time(seconds * 1_000)),
  fc.constantFrom('0001-01-01T00:00:00Z', '2999-01-01T00:00:00Z', '9999-12-31T23:59:59.999999999Z', time(HOUR)),
);
const aCount = mostly(fc.nat({ max: 5 }), fc.constantFrom(2 ** 31 - 1, 65_000));
const reasons = fc.constantFrom(
  ...[
    'PodGone',
    'OutcomeUnknown',
    'OperationLost',
    'NotDelivered',
    'SidecarUnreachable',
    'SidecarRejected',
    'StatusWiped',
  ],
  ...['SeveralOperations', 'CompletionTimeMissing', 'WaitingForNodeOperation', 'JmxBroken', 'Odd', 'constructor'],
);
const states = fc.constantFrom('Pending', 'Submitting', 'Running', 'Completed', 'Failed', 'Skipped');
const anId = fc.integer({ min: 1, max: 4 }).map(id);

const anEntry = fc
  .tuple(
    fc.record({ name: fc.constantFrom(...NAMES, 'gone', '__proto__', 'x'.repeat(253)), state: states }),
    some({
      ...{
        rack: fc.string({ maxLength: 30 }),
        attempts: aCount,
        failures: aCount,
        startTime: aTime,
        since: aTime,
        notBefore: aTime,
      },
      ...{
        podUID: fc.constantFrom('uid-a', 'uid-b', 'old'),
        sidecarContainer: fc.constantFrom('container-of-a', 'old'),
      },
      intent: fc.record({ id: fc.constantFrom('i1', 'i2'), time: aTime, baseline: fc.array(anId, { maxLength: 3 }) }),
      operation: fc
        .tuple(
          fc.record({ id: anId, state: fc.constantFrom('PENDING', 'RUNNING', 'COMPLETED', 'CANCELLED', 'FAILED') }),
          some({ progress: fc.constantFrom(0, 0.5, 1), creationTime: aTime, startTime: aTime, completionTime: aTime }),
        )
        .map(([must, may]) => ({ ...must, ...may })),
      previous: some({ id: anId, reason: reasons }),
      ...{ reason: reasons, message: anyText },
    }),
  )
  .map(([must, may]) => ({ ...must, ...may }));

const aCondition = fc.record({
  type: fc.constantFrom('Complete', 'Failed', 'Reconciling', 'Stalled', 'Suspended', 'Finished', 'Foreign'),
  status: fc.constantFrom('True', 'False', 'Unknown'),
  lastTransitionTime: aTime,
  ...{ reason: reasons, message: anyText },
});

/** As the API server lets it be written, by someone who is not us. */
const aStatus = some({
  conditions: fc.array(aCondition, { maxLength: 6 }),
  observedGeneration: fc.nat({ max: 3 }),
  state: fc.constantFrom('Pending', 'Running', 'Suspended', 'Completed', 'Failed'),
  ...{ startTime: aTime, completionTime: aTime, progressPercent: fc.nat({ max: 100 }), total: aCount, failed: aCount },
  nodes: fc.array(anEntry, { maxLength: 5 }),
});

const limits = some({
  ...{
    parallelism: fc.integer({ min: 1, max: 3 }),
    backoffLimitPerNode: fc.nat({ max: 3 }),
    maxFailedNodes: fc.nat({ max: 2 }),
  },
  ...{ activeDeadlineSeconds: fc.constantFrom(1, 3_600), nodeDeadlineSeconds: fc.constantFrom(1, 3_600) },
});

function decoded(status: unknown, change: unknown = {}): Resource {
  const raw = {
    metadata: { ...metadata, creationTimestamp: time(-5 * MINUTE) },
    spec: { ...spec(), ...(change as object) },
    status,
  };
  const resource = decodeResource(cleanup.plural, raw);
  if (resource === undefined) throw new Error('an object with an identity was not decoded');
  return resource;
}

describe('an object', () => {
  const whole = {
    metadata: { ...metadata, creationTimestamp: time() },
    spec: { ...spec(), clusterSelector: { matchLabels: { a: 'b' } } },
    status: {
      state: 'Running',
      conditions: [],
      nodes: [{ name: 'a', state: 'Running', operation: operation(id(1), 'RUNNING') }],
    },
  };
  const changes = fc.array(fc.tuple(aPath, fc.oneof(fc.jsonValue(), fc.constantFrom('x'.repeat(999), 1e308, -1))), {
    maxLength: 5,
  });

  test('mutated in any place never throws, and read again it is the same', () => {
    fc.assert(
      fc.property(changes, (all) => {
        const raw = all.reduce<unknown>((one, [path, value]) => replaced(one, path, value), whole);
        const once = decodeResource(cleanup.plural, raw);
        if (once !== undefined) expect(decodeResource(cleanup.plural, structuredClone(once))).toEqual(once);
      }),
      runs(2_000),
    );
  });
});

/** Lives with a status until its run is over. */
function live(resource: Resource, known: boolean): void {
  const world = new World(resource, known);
  for (let steps = 0; steps < 400; steps += 1) {
    const decided = world.step();
    expect(complaintsAbout(decided.status)).toEqual([]);
    expect(storedBytes(decided.status)).toBeLessThanOrEqual(MAX_STATUS_BYTES);
    world.resource = decoded(structuredClone(decided.status), resource.spec);
    if (isFinished(world.resource)) return;
    world.pass(decided);
    if (world.now > NOW + 3 * HOUR)
      throw new Error(`asleep until ${new Date(world.now).toISOString()}: ${JSON.stringify(decided.status)}`);
  }
  throw new Error(`after 400 steps: ${JSON.stringify(world.resource.status)}`);
}

/** Each of these kept a run from its end once. */
const STALLS: [object, object, boolean][] = [
  [{ nodes: [{ name: 'a', state: 'Pending', intent: { id: 'i1', time: '9999-12-31T23:59:59Z' } }] }, {}, false],
  [{ nodes: [{ name: 'a', state: 'Pending', notBefore: '9999-12-31T23:59:59Z' }] }, {}, false],
  [
    { nodes: [{ name: 'a', state: 'Submitting', intent: { id: 'i1', time: time() }, reason: 'OutcomeUnknown' }] },
    {},
    false,
  ],
];

describe('a status written by someone else', () => {
  test(
    'comes to its end in time, in what the API server takes, without growing',
    () => {
      const property = fc.property(aStatus, limits, fc.boolean(), (status, change, known) => {
        fc.pre(complaintsAbout(status).length === 0);
        live(decoded(status, change), known);
      });
      fc.assert(property, { ...runs(150), examples: STALLS });
    },
    patience(60_000),
  );

  test('that the API server would not even take never throws', () => {
    const changes = fc.array(fc.tuple(aPath, fc.oneof(fc.jsonValue(), aTime, anyText)), { minLength: 1, maxLength: 4 });
    const property = fc.property(aStatus, changes, limits, (status, all, change) => {
      const odd = all.reduce<unknown>((one, [path, value]) => replaced(one, path, value), status);
      const world = new World(decoded(odd, change), true);
      for (let steps = 0; steps < 4 && !isFinished(world.resource); steps += 1) {
        const decided = world.step();
        world.resource = { ...world.resource, status: decided.status };
        if (!isFinished(world.resource)) world.pass(decided);
      }
    });
    fc.assert(property, runs(500));
  });
});
