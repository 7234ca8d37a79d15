// The files that the generator makes from deploy/base, and how the monitoring files get through the chart unchanged.
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { installManifests } from '../../src/tools/install-manifests.ts';
import { BUILD_TIMEOUT_MS } from '../support/go-tools.ts';
import { CHART, HELM_VERSIONS, helmOf } from '../support/helm.ts';

const root = join(import.meta.dirname, '..', '..');
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'manifests-'));
  for (const part of ['crds', 'deploy/base']) cpSync(join(root, part), join(folder, part), { recursive: true });
});
afterEach(() => rmSync(folder, { recursive: true }));

function change(file: string, from: string, to: string): void {
  const path = join(folder, file);
  const text = readFileSync(path, 'utf8');
  expect(text).toContain(from);
  writeFileSync(path, text.replace(from, to));
}

/** Which files a change of the source changes. */
function changedBy(file: string, from: string, to: string): string[] {
  const before = installManifests(folder);
  change(file, from, to);
  const after = installManifests(folder);
  return Object.keys(after).filter((path) => after[path] !== before[path]);
}

test('a verb more in the base is a verb more everywhere', () => {
  expect(changedBy('deploy/base/rbac.yaml', 'verbs: [get, list, watch, delete]', 'verbs: [get, list]')).toEqual([
    'deploy/install.yaml',
    'deploy/chart/templates/_rules.tpl',
    'deploy/overlays/namespaced/role/role.yaml',
  ]);
});

test('a change of the CRD reaches install.yaml and the chart', () => {
  expect(changedBy('crds/cassandracleanup.yaml', 'shortNames: [cclean]', 'shortNames: [cc]')).toEqual([
    'deploy/install.yaml',
    'deploy/chart/files/crds/cassandracleanup.yaml',
  ]);
});

test('a role that is missing in the base is named', () => {
  change('deploy/base/rbac.yaml', 'kind: ClusterRole\n', 'kind: Role\n');
  expect(() => installManifests(folder)).toThrow('deploy/base has no ClusterRole cassandra-cleanup-operator');
});

describe('monitoring', () => {
  const alerts = `groups:
  - name: operator
    rules:
      - alert: Down
        expr: absent(up{job="x"}) > 0
        annotations:
          summary: "{{ $labels.instance }} is down, {{ printf \\"%.2f\\" $value }}"
`;
  const dashboard = `${JSON.stringify({ title: 'x', panels: [{ legendFormat: '{{state}}', text: 'a\nb' }] }, null, 2)}\n`;

  /** A chart as the generator would complete it. */
  function chartWith(files: Readonly<Record<string, string>>): string {
    cpSync(CHART, join(folder, 'deploy/chart'), { recursive: true });
    for (const file of ['alerts.yaml', 'dashboard.json'])
      rmSync(join(folder, 'deploy/chart/files', file), { force: true });
    mkdirSync(join(folder, 'deploy/monitoring'));
    for (const [file, text] of Object.entries(files)) writeFileSync(join(folder, 'deploy/monitoring', file), text);
    for (const [file, text] of Object.entries(installManifests(folder))) {
      mkdirSync(dirname(join(folder, file)), { recursive: true });
      writeFileSync(join(folder, file), text);
    }
    return join(folder, 'deploy/chart');
  }

  const all = { prometheusRule: { enabled: true }, dashboard: { enabled: true, annotations: { folder: 'Cassandra' } } };

  test.each(HELM_VERSIONS)(
    'helm %s brings alerts and dashboard as they are',
    async (version) => {
      const helm = await helmOf(version);
      const chart = chartWith({ 'alerts.yaml': alerts, 'dashboard.json': dashboard, 'other.yaml': 'a: b\n' });
      const objects = await helm.render(all, { release: 'x', namespace: 'y', chart });
      const rule = objects.find(({ kind }) => kind === 'PrometheusRule');
      expect(rule?.spec).toEqual(parse(alerts));
      const map = objects.find(({ kind }) => kind === 'ConfigMap');
      expect(map?.data).toEqual({ 'cassandra-cleanup-operator.json': expect.any(String) });
      expect(JSON.parse(map?.data?.['cassandra-cleanup-operator.json'] ?? '')).toEqual(JSON.parse(dashboard));
      expect(map?.metadata).toMatchObject({ labels: { grafana_dashboard: '1' }, annotations: { folder: 'Cassandra' } });
    },
    BUILD_TIMEOUT_MS,
  );

  test.each(HELM_VERSIONS)(
    'helm %s says so where a chart comes without them',
    async (version) => {
      const helm = await helmOf(version);
      const rendered = helm.render(all, { release: 'x', namespace: 'y', chart: chartWith({}) });
      await expect(rendered).rejects.toThrow('the chart has no files/');
    },
    BUILD_TIMEOUT_MS,
  );
});
