// Events on a real API server with the operator's own rights, and a Lease of a namespace that no other test campaigns for.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { cassandraCleanupResource } from '../../src/api/generated.ts';
import type { RunEvent } from '../../src/core/events.ts';
import type { Resource } from '../../src/core/model.ts';
import { createKubeClient } from '../../src/kube/client.ts';
import { KubeEventSink } from '../../src/kube/event-sink.ts';
import { LeaseCampaign } from '../../src/kube/lease.ts';
import { decodeResource } from '../../src/kube/resource-decoder.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { cleanup, enterControlPlane, type RealPlane, silent } from './real-control-plane.ts';

let real: RealPlane;

beforeAll(async () => {
  real = await enterControlPlane('events');
});

afterAll(() => real.client.close());

function sink(): KubeEventSink {
  const { client } = real;
  const options = { client, kinds: [cassandraCleanupResource], identity: 'replica-1', clock: systemClock };
  return new KubeEventSink({ ...options, random: Math.random, log: silent });
}

async function created(name: string): Promise<Resource> {
  const raw = JSON.parse(await real.kubectl(['create', '--output', 'json', '--filename', '-'], cleanup(name)));
  return decodeResource('cassandracleanups', raw) as Resource;
}

test('an Event stands under its object, with the Pod it is about', async () => {
  const resource = await created('a-run');
  const node = { name: 'p-0', state: 'Running' as const, podUID: 'pod-uid' };
  const event: RunEvent = {
    type: 'Warning',
    reason: 'NodeFailed',
    action: 'Cleanup',
    note: 'ä'.repeat(2_000),
    node: 'p-0',
  };
  const events = sink();
  events.emit({ ...resource, status: { nodes: [node] } }, [event, event]);
  await events.flush(10_000);
  const { items } = JSON.parse(await real.kubectl(['get', 'events.events.k8s.io', '--output', 'json']));
  expect(items).toHaveLength(1);
  expect(items[0]).toMatchObject({
    type: 'Warning',
    reason: 'NodeFailed',
    action: 'Cleanup',
    note: 'ä'.repeat(512),
    reportingController: 'cassandra-sidecar.io/cassandra-cleanup-operator',
    reportingInstance: 'replica-1',
    regarding: {
      apiVersion: 'cassandra-sidecar.io/v1alpha1',
      kind: 'CassandraCleanup',
      name: 'a-run',
      uid: resource.metadata.uid,
    },
    related: { apiVersion: 'v1', kind: 'Pod', name: 'p-0', namespace: real.namespace, uid: 'pod-uid' },
  });
  expect(items[0].eventTime).toMatch(/\.\d{6}Z$/);
  expect(await real.kubectl(['describe', 'cclean', 'a-run'])).toContain('NodeFailed');
});

test('an object with the longest of names has Events, too', async () => {
  const name = `${'a'.repeat(61)}.${'b'.repeat(61)}.${'c'.repeat(61)}.${'d'.repeat(13)}.${'e'.repeat(52)}`;
  const resource = await created(name);
  const events = sink();
  events.emit(resource, [{ type: 'Normal', reason: 'Started', action: 'Start', note: 'long' }]);
  await events.flush(10_000);
  const { items } = JSON.parse(await real.kubectl(['get', 'events.events.k8s.io', '--output', 'json']));
  expect(items.map(({ note }: { note: string }) => note)).toContain('long');
});

test('the Lease is created, renewed, given up and taken over', async () => {
  const lease = async () => {
    return JSON.parse(await real.kubectl(['get', 'lease', 'the-lease', '--output', 'json']));
  };
  const client = createKubeClient({ clock: systemClock, userAgent: 'test', kubeconfig: real.plane.kubeconfig });
  const options = { client, namespace: real.namespace, name: 'the-lease', clock: systemClock };
  const campaign = (identity: string) => {
    const started = Promise.withResolvers<void>();
    const times = { retryMs: 200, renewDeadlineMs: 10_000, durationMs: 15_000 };
    const made = new LeaseCampaign({
      ...options,
      ...times,
      identity,
      random: Math.random,
      log: silent,
      onStarted: started.resolve,
    });
    made.start();
    return { made, started: started.promise };
  };
  const one = campaign('one');
  await one.started;
  expect(one.made.isLeader()).toBe(true);
  expect((await lease()).spec).toMatchObject({ holderIdentity: 'one', leaseDurationSeconds: 15 });
  const two = campaign('two');
  await one.made.stop();
  await two.started;
  expect([one.made.isLeader(), two.made.isLeader()]).toEqual([false, true]);
  expect((await lease()).spec).toMatchObject({ holderIdentity: 'two' });
  await two.made.stop();
  expect((await lease()).spec.holderIdentity ?? '').toBe('');
  client.close();
});
