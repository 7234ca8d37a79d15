// The operator's ports, wrapped where metrics are served: what goes through them goes through unchanged, and is counted.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { SidecarFault } from '../../src/controller/errors.ts';
import { keyOf, type SidecarClient, type SubmitResult } from '../../src/controller/ports.ts';
import type { RunEvent } from '../../src/core/events.ts';
import { createKubeClient } from '../../src/kube/client.ts';
import { type Instruments, instrumentsFor } from '../../src/main-metrics.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { createMetrics } from '../../src/telemetry/metrics.ts';
import { id, operation, resource, running, status, submitting, time } from '../support/builders.ts';
import { fakeKubeconfig, startFakeApiserver } from '../support/fake-apiserver.ts';
import { TestClient, TestEvents, TestResources } from '../support/ports.ts';
import { samplesOf } from './page.ts';

const target = { uid: 'u', ip: '127.0.0.1', port: 1 };

async function rig() {
  const metrics = await createMetrics();
  return { instruments: instrumentsFor(metrics), samples: (prefix: string) => samplesOf(metrics, prefix) };
}

/** Sends one submission that is answered so. */
async function submit(client: SidecarClient, posts: TestClient['posts'], result: SubmitResult): Promise<SubmitResult> {
  const answer = client.submit(target, {}, () => undefined, new AbortController().signal);
  posts.at(-1)?.answer(result);
  return answer;
}

/** A resource with one node that is Submitting, and a write of the operation that was found for it. */
async function find(instruments: Instruments, operationId: string) {
  const before = resource({ status: status([submitting('a', 1_000)]) });
  const stored = new TestResources(before);
  const resources = instruments.resources(stored);
  const known = resources.get(keyOf(before));
  if (known === undefined) throw new Error('not stored');
  await resources.writeStatus(known, status([running('a', operationId)]));
  return stored;
}

describe('without metrics', () => {
  test('every port stays the very same, and nothing is told of requests or keys', () => {
    const { api, resources, events, sidecars, work } = instrumentsFor(undefined);
    const [one, two, three] = [new TestResources(), new TestEvents(), new TestClient()];
    expect([resources(one), events(two), sidecars(three), api]).toEqual([one, two, three, {}]);
    expect(resources(one)).toBe(one);
    const reconcile = async () => ({});
    expect(work({ reconcile, clock: systemClock, workers: 1 })).toEqual({ reconcile });
  });
});

describe('Sidecars', () => {
  test('are timed by call and outcome, and answers and faults come through', async () => {
    const { instruments, samples } = await rig();
    const client = instruments.sidecars({
      list: async () => [operation(id(1), 'RUNNING')],
      operation: async () => null,
      cassandra: async () => {
        throw new SidecarFault('unreachable', 'no answer');
      },
      version: async () => '5.0.6',
      submit: async () => ({ result: 'rejected', permanent: false, message: 'busy' }),
    });
    expect(await client.list(target, 'cleanup')).toHaveLength(1);
    expect(await client.operation(target, id(1))).toBeNull();
    await expect(client.cassandra(target)).rejects.toThrow('no answer');
    expect(await client.version(target)).toBe('5.0.6');
    await client.submit(target, {}, () => undefined, new AbortController().signal);
    const name = 'cassandra_cleanup_sidecar_request_duration_seconds_count';
    expect(await samples(name)).toEqual({
      [`${name}{call="list",outcome="ok"}`]: 1,
      [`${name}{call="operation",outcome="ok"}`]: 1,
      [`${name}{call="status",outcome="unreachable"}`]: 1,
      [`${name}{call="version",outcome="ok"}`]: 1,
      [`${name}{call="submit",outcome="rejected"}`]: 1,
    });
  });

  test('take as long as they take', async () => {
    const { instruments, samples } = await rig();
    const double = new TestClient();
    const slow = { ...double, list: () => new Promise<[]>((resolve) => setTimeout(() => resolve([]), 60)) };
    await instruments.sidecars(slow as unknown as SidecarClient).list(target, 'cleanup');
    const sum = Object.values(await samples('cassandra_cleanup_sidecar_request_duration_seconds_sum'));
    expect(sum[0]).toBeGreaterThanOrEqual(0.05);
    expect(sum[0]).toBeLessThan(20);
  });
});

describe('operations', () => {
  test('are adopted where this process has not seen them created', async () => {
    const { instruments, samples } = await rig();
    const stored = await find(instruments, id(1));
    expect(stored.writes).toHaveLength(1);
    expect(await samples('cassandra_cleanup_adopted')).toEqual({ cassandra_cleanup_adopted_operations_total: 1 });
  });

  test('are not adopted where it has', async () => {
    const { instruments, samples } = await rig();
    const double = new TestClient();
    const result = { result: 'created', operation: operation(id(1), 'RUNNING') } as const;
    expect(await submit(instruments.sidecars(double), double.posts, result)).toEqual(result);
    await find(instruments, id(1));
    expect(await samples('cassandra_cleanup_adopted')).toEqual({});
  });

  test('count nothing where the write failed', async () => {
    const { instruments, samples } = await rig();
    const before = resource({ status: status([submitting('a', 1_000)]) });
    const stored = new TestResources(before);
    stored.failures.push(new Error('conflict'));
    const write = instruments.resources(stored).writeStatus(before, status([running('a', id(1))]));
    await expect(write).rejects.toThrow('conflict');
    expect(await samples('cassandra_cleanup_adopted')).toEqual({});
  });

  test('that are lost, end, or end their run are counted with the write that says so', async () => {
    const { instruments, samples } = await rig();
    const before = resource({ status: status([running('a', id(1)), running('b', id(2))]) });
    const lost = { id: id(1), reason: 'OperationLost' };
    const after = status(
      [
        running('a', id(1), { state: 'Pending', reason: lost.reason, previous: lost }),
        running('b', id(2), { state: 'Completed', operation: operation(id(2), 'COMPLETED') }),
      ],
      { state: 'Failed', completionTime: time() },
    );
    const resources = instruments.resources(new TestResources(before));
    await resources.writeStatus(resources.all()[0] ?? before, after);
    expect(await samples('cassandra_cleanup_lost')).toEqual({
      'cassandra_cleanup_lost_operations_total{reason="OperationLost"}': 1,
    });
    expect(await samples('cassandra_cleanup_nodes_ended_total')).toEqual({
      'cassandra_cleanup_nodes_ended_total{state="Completed"}': 1,
    });
    expect(await samples('cassandra_cleanup_operation_duration_seconds_sum')).toEqual({
      'cassandra_cleanup_operation_duration_seconds_sum{state="COMPLETED"}': 59,
    });
    expect(await samples('cassandra_cleanup_runs_ended_total')).toEqual({
      'cassandra_cleanup_runs_ended_total{state="Failed"}': 1,
    });
    expect(await samples('cassandra_cleanup_run_duration_seconds_sum')).toEqual({
      'cassandra_cleanup_run_duration_seconds_sum{state="Failed"}': 5,
    });
  });

  test('are counted as they are submitted, by outcome', async () => {
    const { instruments, samples } = await rig();
    for (const result of ['created', 'unknown', 'created'] as const) instruments.submitted(result);
    expect(await samples('cassandra_cleanup_submissions_total')).toEqual({
      'cassandra_cleanup_submissions_total{outcome="created"}': 2,
      'cassandra_cleanup_submissions_total{outcome="unknown"}': 1,
    });
  });
});

test('Events come through, and those of strays and of unsafe nodes are counted', async () => {
  const { instruments, samples } = await rig();
  const sink = new TestEvents();
  const event = (reason: string, action: string): RunEvent => ({
    type: 'Warning',
    reason,
    action,
    note: '',
    node: 'a',
  });
  const events = [
    event('StrayOperation', 'Submit'),
    event('ClusterUnstable', 'Watch'),
    event('ClusterUnstable', 'Poll'),
  ];
  instruments.events(sink).emit(resource(), events);
  expect(sink.emitted).toEqual(events);
  expect(await samples('cassandra_cleanup_stray')).toEqual({ cassandra_cleanup_stray_operations_total: 1 });
  expect(await samples('cassandra_cleanup_unsafe')).toEqual({ cassandra_cleanup_unsafe_nodes_total: 1 });
});

describe('runs and nodes', () => {
  const silent = running('a', id(1), { reason: 'SidecarUnreachable' });
  const known = new TestResources(resource({ status: status([silent]) }));

  test('are told by the leader, whenever it is asked', async () => {
    const { instruments, samples } = await rig();
    let leads = true;
    instruments.watch({
      resources: known,
      leadership: { isLeader: () => leads, confirm: async () => leads },
      leaseName: 'lease',
    });
    expect(await samples('cassandra_cleanup_')).toEqual({
      'cassandra_cleanup_operator_info{version="source"}': 1,
      'cassandra_cleanup_runs{state="Running"}': 1,
      'cassandra_cleanup_nodes{state="Running",run_state="Running"}': 1,
      'cassandra_cleanup_waiting_nodes{reason="SidecarUnreachable"}': 1,
    });
    expect(await samples('leader_election')).toEqual({ 'leader_election_master_status{name="lease"}': 1 });
    leads = false;
    expect(await samples('cassandra_cleanup_')).toEqual({ 'cassandra_cleanup_operator_info{version="source"}': 1 });
    expect(await samples('leader_election')).toEqual({});
  });

  test('of a state there is none of are told as 0 by the leader, and not at all by the other', async () => {
    const metrics = await createMetrics();
    let leads = true;
    const leadership = { isLeader: () => leads, confirm: async () => leads };
    instrumentsFor(metrics).watch({ resources: known, leadership, leaseName: 'lease' });
    expect(await metrics.text()).toContain('cassandra_cleanup_runs{state="Failed"} 0\n');
    leads = false;
    const page = await metrics.text();
    expect(page).not.toContain('cassandra_cleanup_runs{');
    expect(page).toContain('leader_election_master_status{name="lease"} 0\n');
  });
});

test('requests to the API server are counted by code, method and host; those without an answer too', async () => {
  const { instruments, samples } = await rig();
  const server = await startFakeApiserver();
  const directory = mkdtempSync(join(tmpdir(), 'instruments-'));
  const options = { clock: systemClock, userAgent: 'test', kubeconfig: fakeKubeconfig(server.url, directory) };
  const client = createKubeClient({ ...options, ...instruments.api });
  try {
    server.script = (request) => request.json(200, { kind: 'Pod', metadata: {} });
    await client.get('/api/v1/namespaces/ns/pods/a');
    server.script = (request) => request.cut();
    await expect(client.get('/api/v1/namespaces/ns/pods/a')).rejects.toThrow('no answer');
    const host = new URL(server.url).host;
    expect(await samples('rest_client_requests_total')).toEqual({
      [`rest_client_requests_total{code="200",method="GET",host="${host}"}`]: 1,
      [`rest_client_requests_total{code="<error>",method="GET",host="${host}"}`]: 1,
    });
    expect(await samples('rest_client_request_duration_seconds_count')).toEqual({
      [`rest_client_request_duration_seconds_count{verb="GET",host="${host}"}`]: 2,
    });
  } finally {
    client.close();
    await server.close();
    rmSync(directory, { recursive: true });
  }
});
