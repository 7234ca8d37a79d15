// What is counted, as Prometheus reads it.
import { expect, test } from '@jest/globals';
import { createMetrics, noMetrics } from '../../src/telemetry/metrics.ts';

test('every count shows up under the name that dashboards know', async () => {
  const metrics = await createMetrics();
  metrics.reconciled('cassandracleanup', 'success', 0.02);
  metrics.queue('cassandracleanup', () => 7);
  metrics.leader('the-lease', () => true);
  metrics.submitted('created');
  metrics.sidecarRequest('list', 'ok');
  const lines = (await metrics.text()).split('\n');
  expect(lines).toEqual(
    expect.arrayContaining([
      'controller_runtime_reconcile_total{controller="cassandracleanup",result="success"} 1',
      'controller_runtime_reconcile_time_seconds_bucket{le="0.025",controller="cassandracleanup"} 1',
      'workqueue_depth{name="cassandracleanup"} 7',
      'leader_election_master_status{name="the-lease"} 1',
      'cassandra_cleanup_submissions_total{outcome="created"} 1',
      'cassandra_cleanup_sidecar_requests_total{call="list",outcome="ok"} 1',
    ]),
  );
});

test('depth and leadership are asked when metrics are read, not when they are registered', async () => {
  const metrics = await createMetrics();
  let leading = true;
  metrics.leader('lease', () => leading);
  leading = false;
  expect(await metrics.text()).toContain('leader_election_master_status{name="lease"} 0');
});

test('two sets of metrics in one process do not mix', async () => {
  const [one, two] = [await createMetrics(), await createMetrics()];
  one.submitted('created');
  expect(await two.text()).not.toContain('outcome="created"');
});

test('without metrics every count is let pass', () => {
  noMetrics.reconciled('a', 'success', 1);
  noMetrics.queue('a', () => 1);
  noMetrics.leader('a', () => true);
  noMetrics.submitted('created');
  noMetrics.sidecarRequest('list', 'ok');
});
