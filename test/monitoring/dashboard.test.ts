// deploy/monitoring/dashboard.json is one by Grafana's own types: no field that it does not know, none missing.
import { execFile } from 'node:child_process';
import { beforeAll, expect, test } from '@jest/globals';
import { BUILD_TIMEOUT_MS } from '../support/go-tools.ts';
import { dashboardProgram } from './go-programs.ts';
import { readMonitoring } from './shipped.ts';

let program: string;

beforeAll(async () => {
  program = await dashboardProgram();
}, BUILD_TIMEOUT_MS);

/** What Grafana's types have against a dashboard. */
function complaintsAbout(dashboard: object): Promise<string[]> {
  return new Promise((resolve, reject) => {
    const child = execFile(program, (error, stdout) => (error ? reject(error) : resolve(JSON.parse(stdout))));
    child.stdin?.end(JSON.stringify(dashboard));
  });
}

const read = () => JSON.parse(readMonitoring('dashboard.json'));
test('every field is one that Grafana knows, and none is missing', async () => {
  const { panels }: { panels: { type: string }[] } = read();
  // Types of others are not checked: the program knows these.
  expect(new Set(panels.map(({ type }) => type))).toEqual(new Set(['row', 'stat', 'table', 'timeseries']));
  expect(await complaintsAbout(read())).toEqual([]);
});

test.each(['stat', 'table', 'timeseries'])('a %s that is wrong is found, in each of its parts', async (kind) => {
  const dashboard = read();
  const panel = dashboard.panels.find(({ type }: { type: string }) => type === kind);
  panel.titles = 1;
  panel.options.colour = 1;
  panel.targets[0].query = 'up';
  delete panel.gridPos.w;
  const found = (await complaintsAbout(dashboard)).map((text) => text.replace(/^panels\[\d+\]\./, ''));
  expect(found.sort()).toEqual([
    "Panel: unexpected field 'titles'",
    'gridPos.w: required field is missing from input',
    "options.Options: unexpected field 'colour'",
    "targets[0].Dataquery: unexpected field 'query'",
  ]);
});
