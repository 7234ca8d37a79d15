// Writes the files that are made from others: src/api/generated.ts and docs/api.md from crds/, docs/configuration.md from the settings,
// docs/metrics.md from the list of metrics, and the other ways to install from deploy/base.
// With --check it writes nothing, and exits 1 with one line a file that is out of date.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parse } from 'yaml';
import { configurationPage } from '../config-help.ts';
import { metricsPage } from '../telemetry/metrics-page.ts';
import { apiReference, type DocumentedCrd } from './api-reference.ts';
import { installManifests } from './install-manifests.ts';
import { type Crd, typesFromCrds } from './types-from-crd.ts';

const root = join(import.meta.dirname, '..', '..');

function readCrds(): (Crd & DocumentedCrd)[] {
  const directory = join(root, 'crds');
  return readdirSync(directory)
    .filter((file) => file.endsWith('.yaml'))
    .sort()
    .map((file) => parse(readFileSync(join(directory, file), 'utf8')) as Crd & DocumentedCrd)
    .filter(({ kind }) => kind === 'CustomResourceDefinition');
}

function current(file: string): string | undefined {
  try {
    return readFileSync(join(root, file), 'utf8');
  } catch {
    return undefined;
  }
}

const wanted: Readonly<Record<string, string>> = {
  'src/api/generated.ts': typesFromCrds(readCrds()),
  'docs/api.md': apiReference(readCrds()),
  'docs/configuration.md': configurationPage(),
  'docs/metrics.md': metricsPage(),
  ...installManifests(root),
};

const check = process.argv.includes('--check');
for (const [file, content] of Object.entries(wanted)) {
  if (current(file) === content) continue;
  if (check) {
    console.error(`${file} is out of date: run \`npm run generate\``);
    process.exitCode = 1;
  } else {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), content);
    console.log(`wrote ${file}`);
  }
}
