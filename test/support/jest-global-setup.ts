// Starts the control plane of this run, and builds what tests of other tools ask for, where a test file that jest was asked for does.
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { judgeProgram } from '../gitops/judge.ts';
import { dashboardProgram, kubeStateMetricsProgram } from '../monitoring/go-programs.ts';
import { gitopsCrds } from './gitops-crds.ts';
import { startGlobalControlPlane } from './global-control-plane.ts';
import { HELM_VERSIONS, helmProgram } from './helm.ts';
import { controllersProgram } from './install-controllers.ts';

/** Called by jest once, before the test files, with what the command line says. */
// biome-ignore lint/style/noDefaultExport: jest asks for a default export.
export default async function setup(config: { testPathPatterns: { patterns: string[] } }): Promise<void> {
  const files = wanted(config.testPathPatterns.patterns);
  const some = (...folders: string[]) =>
    files.some((file) => folders.some((folder) => file.startsWith(join(TESTS, folder))));
  const speaksOf = (text: string) => files.some((file) => readFileSync(file, 'utf8').includes(text));
  // `npm test -- test/core` needs no API server, and must not wait minutes for one to be built.
  if (some('e2e') || speaksOf('control-plane')) await startGlobalControlPlane();
  // Before all tests: a build beside them would make them wait, and those that measure time fail.
  if (some('monitoring/dashboard')) await dashboardProgram();
  if (some('monitoring/kube-state-metrics')) await kubeStateMetricsProgram();
  if (some('gitops/apply')) await gitopsCrds();
  if (some('gitops')) await judgeProgram();
  if (some('gitops', 'deploy')) for (const version of HELM_VERSIONS) await helmProgram(version);
  if (some('deploy')) await controllersProgram();
}

function wanted(patterns: readonly string[]): string[] {
  const files = globSync('**/*.test.ts', { cwd: TESTS }).map((file) => join(TESTS, file));
  if (patterns.length === 0) return files;
  return files.filter((file) => patterns.some((pattern) => new RegExp(pattern, 'i').test(file)));
}

const TESTS = join(import.meta.dirname, '..');
