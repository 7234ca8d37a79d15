// A real Prometheus scrapes an operator that cleans a cluster on a real API server: what it stores is what happened.
import { expect, test } from '@jest/globals';
import { applyCleanup, PATIENCE_MS, until, untilCleanup } from '../support/cleanups.ts';
import { sharedControlPlane } from '../support/global-control-plane.ts';
import { onScene, untilFinished } from '../support/scene.ts';
import type { TestPrometheus } from './prometheus.ts';
import { panelQueries } from './shipped.ts';
import { prometheusOf, watchedOperator } from './watched-scene.ts';

const plane = await sharedControlPlane();

test('a run from its start to its end, in figures', () =>
  onScene({ plane, name: 'scrape', nodes: 3, double: { operationMs: 2_500 } }, async (scene) => {
    const { namespace, cluster } = scene;
    // The answer to the first node's request is lost: its operation has to be found.
    cluster.nodes[0]?.double.fault({ kind: 'drop', method: 'POST', times: 1 });
    const { port } = await watchedOperator(scene);
    const prometheus = await prometheusOf(scene, [port]);
    const value = async (query: string) => (await prometheus.query(query))[0]?.value;
    const becomes = (query: string, wanted: number) => until(async () => (await value(query)) === wanted);

    await becomes('sum(cassandra_cleanup_runs)', 0);
    await applyCleanup(plane, namespace);
    await untilCleanup(plane, namespace, ({ status }) => status.active === 1);
    await becomes('cassandra_cleanup_runs{state="Running"}', 1);
    await becomes('sum(cassandra_cleanup_nodes{run_state="Running"})', 3);
    const done = await untilFinished(scene);
    expect(done.status.state).toBe('Completed');
    await becomes('cassandra_cleanup_runs{state="Completed"}', 1);

    expect(await value('cassandra_cleanup_runs{state="Running"}')).toBe(0);
    expect(await value('cassandra_cleanup_nodes{state="Completed", run_state="Completed"}')).toBe(3);
    expect(await value('cassandra_cleanup_runs_ended_total{state="Completed"}')).toBe(1);
    expect(await value('cassandra_cleanup_nodes_ended_total{state="Completed"}')).toBe(3);
    expect(await value('cassandra_cleanup_submissions_total{outcome="created"}')).toBe(2);
    expect(await value('cassandra_cleanup_submissions_total{outcome="unknown"}')).toBe(1);
    expect(await value('cassandra_cleanup_adopted_operations_total')).toBe(1);
    expect(await value('cassandra_cleanup_operation_duration_seconds_count{state="COMPLETED"}')).toBe(3);
    const mean =
      'cassandra_cleanup_operation_duration_seconds_sum / cassandra_cleanup_operation_duration_seconds_count';
    expect(await value(mean)).toBeGreaterThan(1);
    expect(await value('cassandra_cleanup_run_duration_seconds_sum{state="Completed"}')).toBeGreaterThan(3);
    expect(await value('leader_election_master_status')).toBe(1);
    expect(await value('controller_runtime_reconcile_total{result="error"}')).toBe(0);
    expect(await value('sum(rest_client_requests_total{code="200", method="PUT"})')).toBeGreaterThan(3);
    expect(await value('process_resident_memory_bytes')).toBeGreaterThan(30_000_000);
    await until(async () => (await prometheus.alerts()).length === 0);
  }));

/** Queries that still give nothing after a long while. */
async function empty(prometheus: TestPrometheus, queries: readonly string[]): Promise<string[]> {
  const end = Date.now() + PATIENCE_MS;
  const left = new Set(queries);
  while (left.size > 0 && Date.now() < end) {
    for (const query of left) if ((await prometheus.query(query)).length > 0) left.delete(query);
  }
  return [...left];
}

test('queries of the dashboard find their series, and no text of a resource is a label', () =>
  onScene({ plane, name: 'queries' }, async (scene) => {
    const { port } = await watchedOperator(scene);
    const prometheus = await prometheusOf(scene, [port]);
    await applyCleanup(plane, scene.namespace);
    await untilFinished(scene);
    // Not there without an occasion: what waits, what runs, and what kube-state-metrics tells.
    const rare = /waiting_(runs|nodes)|cassandracleanup_|Running\|Suspended/;
    const queries = panelQueries().map(({ expr }) => expr.replaceAll(/\[\w+\]/g, '[3s]'));
    const common = queries.filter((query) => !rare.test(query));
    expect(common.length).toBeGreaterThan(25);
    expect(await empty(prometheus, common)).toEqual([]);

    const all = await prometheus.query('{job="operator"}');
    const texts = all.flatMap(({ metric }) => Object.values(metric)).join('\n');
    for (const text of [scene.namespace, 'prod-rack1', 'orders']) expect(texts).not.toContain(text);
    expect(all.length).toBeLessThan(1_500);
  }));
