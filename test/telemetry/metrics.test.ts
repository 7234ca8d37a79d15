// What is counted, as Prometheus reads it.
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import type { MetricSpec } from '../../src/telemetry/metric-spec.ts';
import { createMetrics, metricList } from '../../src/telemetry/metrics.ts';
import { metricsPage } from '../../src/telemetry/metrics-page.ts';
import { reportProcess } from '../../src/telemetry/process-metrics.ts';
import { linesOf } from './page.ts';

const specs = Object.entries<MetricSpec>(metricList);

test('every metric of the list is served, with its type and what it says', async () => {
  const metrics = await createMetrics();
  const lines = await linesOf(metrics);
  for (const [name, { type, help }] of specs) {
    expect(lines).toEqual(expect.arrayContaining([`# TYPE ${name} ${type}`, `# HELP ${name} ${help}`]));
  }
});

test.each([
  ['a counter ends in _total', ([name, { type }]: (typeof specs)[0]) => type !== 'counter' || name.endsWith('_total')],
  ['a histogram is of seconds', ([name, { type }]) => type !== 'histogram' || name.endsWith('_seconds')],
  ['a histogram has buckets that rise', ([, { buckets = [] }]) => buckets.every((le, n) => le > (buckets[n - 1] ?? 0))],
  [
    'no label names what there may be any number of',
    ([, { labels }]) => !/pod|node_name|uid|id\b/.test(Object.keys(labels).join(' ')),
  ],
  ['help is a sentence', ([, { help }]) => /^[A-Z0-9].*\.$/.test(help)],
] as [string, (entry: (typeof specs)[0]) => boolean][])('of the list: %s', (_rule, holds) => {
  expect(specs.filter((entry) => !holds(entry)).map(([name]) => name)).toEqual([]);
});

describe('a counter', () => {
  test('is at zero for every combination of its labels before anything is counted', async () => {
    const lines = await linesOf(await createMetrics());
    expect(lines).toEqual(
      expect.arrayContaining([
        'cassandra_cleanup_runs_ended_total{state="Completed"} 0',
        'cassandra_cleanup_runs_ended_total{state="Failed"} 0',
        'controller_runtime_reconcile_total{controller="cassandracleanup",result="requeue_after"} 0',
        'cassandra_cleanup_adopted_operations_total 0',
      ]),
    );
    expect(lines.filter((line) => line.startsWith('rest_client_requests_total'))).toEqual([]);
  });

  test('counts one at a time', async () => {
    const metrics = await createMetrics();
    metrics.count('cassandra_cleanup_submissions_total', { outcome: 'created' });
    metrics.count('cassandra_cleanup_submissions_total', { outcome: 'created' });
    expect(await linesOf(metrics)).toContain('cassandra_cleanup_submissions_total{outcome="created"} 2');
  });

  test('takes a value that its label does not list as "other", and any where the values cannot be listed', async () => {
    const metrics = await createMetrics();
    for (const reason of ['prod-rack1-sts-0', 'prod-rack1-sts-1']) {
      metrics.count('cassandra_cleanup_lost_operations_total', { reason });
    }
    metrics.count('rest_client_requests_total', { code: '418', method: 'BREW', host: 'api:6443' });
    const lines = await linesOf(metrics);
    expect(lines).toContain('cassandra_cleanup_lost_operations_total{reason="other"} 2');
    expect(lines).toContain('rest_client_requests_total{code="418",method="other",host="api:6443"} 1');
    expect(lines.join()).not.toContain('sts-0');
  });
});

test('a histogram puts a duration into its buckets', async () => {
  const metrics = await createMetrics();
  metrics.observe('cassandra_cleanup_sidecar_request_duration_seconds', { call: 'list', outcome: 'ok' }, 0.3);
  const [series, lines] = ['cassandra_cleanup_sidecar_request_duration_seconds', await linesOf(metrics)];
  expect(lines).toContain(`${series}_bucket{le="0.25",call="list",outcome="ok"} 0`);
  expect(lines).toContain(`${series}_bucket{le="0.5",call="list",outcome="ok"} 1`);
  expect(lines).toContain(`${series}_sum{call="list",outcome="ok"} 0.3`);
});

describe('a gauge', () => {
  test('is asked whenever metrics are read, and never before', async () => {
    const metrics = await createMetrics();
    const told = [3, 5];
    metrics.onRead((report) => report('workqueue_depth', { name: 'cassandracleanup' }, told.shift() ?? 0));
    expect(told).toEqual([3, 5]);
    expect(await linesOf(metrics)).toContain('workqueue_depth{name="cassandracleanup"} 3');
    expect(await linesOf(metrics)).toContain('workqueue_depth{name="cassandracleanup"} 5');
  });

  test('has only the values of the last reading', async () => {
    const metrics = await createMetrics();
    const reasons = ['PodGone', 'ClusterUnstable'];
    metrics.onRead((report) => report('cassandra_cleanup_waiting_runs', { reason: reasons.shift() ?? '' }, 1));
    const waiting = async () => (await linesOf(metrics)).filter((line) => /^cassandra_cleanup_waiting_runs/.test(line));
    expect(await waiting()).toEqual(['cassandra_cleanup_waiting_runs{reason="PodGone"} 1']);
    expect(await waiting()).toEqual(['cassandra_cleanup_waiting_runs{reason="ClusterUnstable"} 1']);
  });

  test('adds up what is reported for one value, so that what is unknown is not lost', async () => {
    const metrics = await createMetrics();
    metrics.onRead((report) => {
      for (const reason of ['New', 'Newer']) report('cassandra_cleanup_waiting_nodes', { reason }, 2);
    });
    expect(await linesOf(metrics)).toContain('cassandra_cleanup_waiting_nodes{reason="other"} 4');
  });
});

test('two sets of metrics in one process do not mix', async () => {
  const [one, two] = [await createMetrics(), await createMetrics()];
  one.count('cassandra_cleanup_stray_operations_total', {});
  expect(await linesOf(two)).toContain('cassandra_cleanup_stray_operations_total 0');
});

test('the process tells its memory, its CPU time and when it began', async () => {
  const metrics = await createMetrics();
  metrics.onRead(reportProcess);
  const value = async (name: string) => {
    const line = (await linesOf(metrics)).find((one) => one.startsWith(`${name} `)) ?? '';
    return Number(line.split(' ')[1]);
  };
  expect(await value('process_resident_memory_bytes')).toBeGreaterThan(10_000_000);
  expect(await value('nodejs_heap_size_used_bytes')).toBeGreaterThan(1_000_000);
  const { user, system } = process.cpuUsage();
  const cpu = await value('process_cpu_seconds_total');
  expect(cpu).toBeGreaterThanOrEqual((user + system) / 1_000_000);
  expect(cpu).toBeLessThan((user + system) / 1_000_000 + 5);
  expect(await value('process_start_time_seconds')).toBeCloseTo(performance.timeOrigin / 1_000, 0);
});

test('prom-client is loaded when metrics are made, and not before', () => {
  const code = `
    import { createRequire } from 'node:module';
    const { cache } = createRequire(process.cwd() + '/');
    const loaded = () => Object.keys(cache).some((path) => path.includes('prom-client'));
    const { instrumentsFor } = await import('./src/main-metrics.ts');
    instrumentsFor(undefined);
    const before = loaded();
    const { createMetrics } = await import('./src/telemetry/metrics.ts');
    await createMetrics();
    console.log(before, loaded());`;
  const flags = ['--disable-warning=ExperimentalWarning', '--input-type=module', '--eval', code];
  const said = execFileSync(process.execPath, flags, { cwd: join(import.meta.dirname, '..', '..'), encoding: 'utf8' });
  expect(said.trim()).toBe('false true');
});

test('the page for people has every metric and every value of a label', () => {
  const page = metricsPage();
  for (const [name, { labels }] of specs) {
    expect(page).toMatch(new RegExp(`^\\| \`${name}\` \\| (counter|gauge|histogram) \\|`, 'm'));
    for (const value of Object.values(labels).flat()) expect(page).toContain(value.replace('<error>', '`<error>`'));
  }
});
