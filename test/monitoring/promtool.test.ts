// What promtool, Prometheus' own tool, says of the rules, of their tests, and of the queries of the dashboard.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { stringify } from 'yaml';
import { createMetrics } from '../../src/telemetry/metrics.ts';
import { reportProcess } from '../../src/telemetry/process-metrics.ts';
import { prometheusTools } from './prometheus-tools.ts';
import { alerts, MONITORING, panelQueries } from './shipped.ts';

const { promtool } = await prometheusTools();
const say = (args: string[], input = '') =>
  execFileSync(promtool, args, { cwd: MONITORING, encoding: 'utf8', input, stdio: 'pipe' });

/** Rules for queries that are no alerts. */
function checkQueries(queries: readonly string[]): string {
  const folder = mkdtempSync(join(tmpdir(), 'queries-'));
  try {
    const rules = queries.map((expr, index) => ({ record: `query:${index}`, expr }));
    const file = join(folder, 'queries.yaml');
    writeFileSync(file, stringify({ groups: [{ name: 'queries', rules }] }));
    return say(['check', 'rules', file]);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test('the rules are valid', () => {
  expect(say(['check', 'rules', 'alerts.yaml'])).toContain(`SUCCESS: ${alerts().length} rules found`);
});

test('every alert fires, and does not, as alerts.test.yaml says', () => {
  expect(say(['test', 'rules', 'alerts.test.yaml'])).toContain('SUCCESS');
});

test('the queries of the dashboard are valid, and one that is not is found', () => {
  const queries = panelQueries().map(({ expr }) => expr);
  expect(checkQueries(queries)).toContain(`SUCCESS: ${queries.length} rules found`);
  expect(() => checkQueries(['sum by state (up)'])).toThrow('parse error');
});

test('what /metrics serves keeps the rules of Prometheus for names and help', async () => {
  const metrics = await createMetrics();
  metrics.onRead(reportProcess);
  metrics.observe('cassandra_cleanup_sidecar_request_duration_seconds', { call: 'list', outcome: 'ok' }, 0.3);
  metrics.count('rest_client_requests_total', { code: '<error>', method: 'GET', host: 'api:6443' });
  expect(say(['check', 'metrics'], await metrics.text())).toBe('');
  expect(() => say(['check', 'metrics'], '# TYPE a_total gauge\na_total 1\n')).toThrow('a_total');
});
