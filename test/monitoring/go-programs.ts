// The Go programs that the tests of this folder ask.
import { join } from 'node:path';
import { goTool } from '../support/go-tools.ts';

/** Says what Grafana's own types have against a dashboard; built with Go where it is not there yet. */
export function dashboardProgram(): Promise<string> {
  return goTool({ name: 'dashboard', module: join(import.meta.dirname, 'go'), package: '.' });
}

/** kube-state-metrics; built with Go where it is not there yet. */
export function kubeStateMetricsProgram(): Promise<string> {
  const module = 'k8s.io/kube-state-metrics/v2';
  return goTool({ name: 'kube-state-metrics', package: module, module, version: 'v2.18.0' });
}
