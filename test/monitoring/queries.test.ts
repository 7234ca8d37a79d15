// Holds alerts, dashboard, runbooks and the file for kube-state-metrics to what there is: metrics, labels, their values, fields
// of the CRD, pages.
import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { operatorName } from '../../src/api/names.ts';
import { partsOf } from './promql.ts';
import {
  alerts,
  knownSeries,
  MONITORING,
  panelQueries,
  partOf,
  ROOT,
  readMonitoring,
  resourceMetrics,
} from './shipped.ts';

const series = knownSeries();

/** All that is wrong with a query: metrics that are not there, labels that they do not have, values that those never have. */
function complaintsAbout(query: string): string[] {
  const { selectors, grouping } = partsOf(query);
  const all = selectors.flatMap(({ metric }) => [...(series.get(metric)?.keys() ?? [])]);
  const wrong = selectors.flatMap(({ metric, matchers }) => {
    const labels = series.get(metric);
    if (labels === undefined) return [`there is no ${metric}`];
    return matchers.flatMap(({ label, op, value }) => {
      if (!labels.has(label)) return [`${metric} has no label ${label}`];
      const values = labels.get(label);
      const one = op === '=' || op === '!=' ? [value] : value.split('|');
      const never = one.filter(
        (part) => values !== undefined && !values.some((known) => new RegExp(`^(${part})$`).test(known)),
      );
      return never.map((part) => `${metric} never has ${label}=${part}`);
    });
  });
  const unknown = grouping.filter((label) => !all.includes(label)).map((label) => `nothing here has a label ${label}`);
  return [...(selectors.length === 0 ? ['names no metric'] : []), ...wrong, ...unknown];
}

describe('a query that is wrong is found:', () => {
  test.each([
    ['sum(cassandra_cleanup_nothing)', 'there is no cassandra_cleanup_nothing'],
    [
      'cassandra_cleanup_sidecar_request_duration_seconds',
      'there is no cassandra_cleanup_sidecar_request_duration_seconds',
    ],
    ['cassandra_cleanup_runs{pod_name="a"}', 'cassandra_cleanup_runs has no label pod_name'],
    ['cassandra_cleanup_runs{state="Ended"}', 'cassandra_cleanup_runs never has state=Ended'],
    [
      'cassandra_cleanup_waiting_nodes{reason=~"Sidecar.*|Typo.*"}',
      'cassandra_cleanup_waiting_nodes never has reason=Typo.*',
    ],
    ['sum by (reason) (cassandra_cleanup_runs)', 'nothing here has a label reason'],
    ['cassandracleanup_state{state="Done"}', 'cassandracleanup_state never has state=Done'],
    ['1 + 1', 'names no metric'],
  ])('%s', (query, complaint) => {
    expect(complaintsAbout(query)).toEqual([complaint]);
  });
});

describe('alerts.yaml', () => {
  test.each(alerts())('$alert asks for what there is', ({ expr }) => {
    expect(complaintsAbout(expr)).toEqual([]);
  });

  test.each(alerts())(
    '$alert says how bad it is, what is the matter, and where to read on',
    ({ labels, annotations }) => {
      expect(['warning', 'critical']).toContain(labels['severity']);
      expect(Object.keys(annotations)).toEqual(['summary', 'description', 'runbook_url']);
      const page = readFileSync(join(ROOT, annotations['runbook_url'] ?? ''), 'utf8');
      for (const heading of ['What it means', 'How to look', 'What to do']) expect(page).toContain(`\n## ${heading}\n`);
    },
  );

  test.each(alerts())('the page of $alert has its name, as file and as title', ({ alert, annotations }) => {
    const file = alert.replace(/(?<!^)[A-Z]/g, (letter) => `-${letter}`).toLowerCase();
    expect(annotations['runbook_url']).toBe(`docs/runbooks/${file}.md`);
    expect(readFileSync(join(ROOT, `docs/runbooks/${file}.md`), 'utf8')).toMatch(new RegExp(`^# ${alert}\n`));
  });

  test('every page has its alert', () => {
    const pages = globSync('docs/runbooks/*.md', { cwd: ROOT });
    expect(pages.sort()).toEqual(
      alerts()
        .map(({ annotations }) => annotations['runbook_url'])
        .sort(),
    );
  });

  test.each(alerts())(
    'the labels that the text of $alert names are those it is grouped by',
    ({ expr, annotations }) => {
      const named = [
        ...Object.values(annotations)
          .join()
          .matchAll(/\$labels\.(\w+)/g),
      ].map(([, label]) => label);
      expect(partsOf(expr).grouping).toEqual(expect.arrayContaining(named));
    },
  );

  test("the Lease is the operator's", () => {
    const names = alerts().flatMap(({ expr }) =>
      partsOf(expr).selectors.filter(({ metric }) => metric.startsWith('leader')),
    );
    expect(names.map(({ matchers }) => matchers[0]?.value)).toEqual(names.map(() => operatorName));
    expect(names.length).toBeGreaterThan(2);
  });

  test('each alert is shown to fire, and not to fire, by alerts.test.yaml', () => {
    type Case = { alert_rule_test: { alertname: string; exp_alerts: unknown[] }[] };
    const cases: Case[] = parse(readMonitoring('alerts.test.yaml')).tests;
    const shown = cases.flatMap(({ alert_rule_test }) => alert_rule_test);
    const names = (fires: boolean) =>
      shown.filter(({ exp_alerts }) => exp_alerts.length > 0 === fires).map((one) => one.alertname);
    const all = alerts().map(({ alert }) => alert);
    expect(new Set(names(true))).toEqual(new Set(all));
    expect(new Set(names(false))).toEqual(new Set(all));
  });
});

describe('dashboard.json', () => {
  const queries = panelQueries();

  test('has queries for runs, nodes, durations, Sidecars and the operator itself', () => {
    expect(queries.length).toBeGreaterThan(30);
  });

  test.each(queries)('$title: $expr', ({ expr, legendFormat }) => {
    expect(complaintsAbout(expr)).toEqual([]);
    const inLegend = [...legendFormat.matchAll(/\{\{(\w+)\}\}/g)].map(([, label]) => label);
    expect(partsOf(expr).grouping).toEqual(expect.arrayContaining(inLegend));
  });

  test("has a panel for every metric of the operator's own", () => {
    const named = new Set(queries.flatMap(({ expr }) => partsOf(expr).selectors.map(({ metric }) => metric)));
    const own = [...series.keys()].filter(
      (name) => /^cassandra_cleanup_/.test(name) && !/_(sum|count|bucket)$/.test(name),
    );
    const histograms = [...series.keys()].filter((name) => /^cassandra_cleanup_.*_bucket$/.test(name));
    expect([...own, ...histograms].filter((name) => !named.has(name))).toEqual([]);
  });

  test('says of every panel what it shows, and gives each a place of its own', () => {
    type Panel = {
      id: number;
      type: string;
      title: string;
      description?: string;
      gridPos: Record<'x' | 'y' | 'w' | 'h', number>;
    };
    const panels: Panel[] = JSON.parse(readMonitoring('dashboard.json')).panels;
    expect(panels.filter(({ type, description = '' }) => type !== 'row' && description === '')).toEqual([]);
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, n) => `${x + (n % w)}/${y + Math.floor(n / w)}`),
    );
    expect(new Set(cells).size).toBe(cells.length);
    expect(panels.every(({ gridPos: { x, w } }) => x + w <= 24)).toBe(true);
  });
});

describe('kube-state-metrics.yaml', () => {
  const crd = parse(readFileSync(join(ROOT, 'crds', 'cassandracleanup.yaml'), 'utf8'));
  const schema = crd.spec.versions[0].schema.openAPIV3Schema;
  type Schema = { properties?: Record<string, Schema>; items?: Schema; enum?: string[] };
  const at = (from: Schema | undefined, path: readonly string[]): Schema | undefined =>
    path.reduce<Schema | undefined>((one, key) => (one?.items ?? one)?.properties?.[key], from);
  const { metrics, labelsFromPath } = resourceMetrics();

  test('is about the resource of the CRD', () => {
    const { groupVersionKind } = parse(readMonitoring('kube-state-metrics.yaml')).spec.resources[0];
    expect(groupVersionKind).toEqual({
      group: crd.spec.group,
      version: crd.spec.versions[0].name,
      kind: crd.spec.names.kind,
    });
    expect(labelsFromPath).toEqual({ namespace: ['metadata', 'namespace'], name: ['metadata', 'name'] });
  });

  test.each(metrics)('$name reads a field that there is', (metric) => {
    const { path = [], labelsFromPath: labels = {}, list } = partOf(metric);
    const place = at(schema, path);
    expect(place).toBeDefined();
    for (const field of Object.values(labels)) expect(at(place, field)).toBeDefined();
    expect(list).toEqual(metric.each.type === 'StateSet' ? place?.enum : undefined);
    expect(metric.help).toMatch(/^\S.*\.$/);
  });
});

test('every file of deploy/monitoring is told of in its README', () => {
  const named = [...readMonitoring('README.md').matchAll(/^\| \[([\w.-]+)\]/gm)].map(([, file]) => file);
  const links = [...readMonitoring('README.md').matchAll(/\]\(([^)]+)\)/g)].map(([, link = '']) => link);
  expect(links.filter((link) => !existsSync(join(MONITORING, link)))).toEqual([]);
  const files = globSync('deploy/monitoring/*', { cwd: ROOT }).map((path) => path.split('/').at(-1));
  expect([...named, 'README.md'].sort()).toEqual(files.sort());
});
