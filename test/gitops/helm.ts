// Helm 4 on a real API server, with the chart of deploy/samples/helm: one release for one run.
import { join } from 'node:path';
import type { CassandraCleanupSpec } from '../../src/api/generated.ts';
import type { SharedControlPlane } from '../support/control-plane.ts';
import { type HelmResult, helmOf } from '../support/helm.ts';

const CHART = join(import.meta.dirname, '..', '..', 'deploy', 'samples', 'helm');
const RUN = '1';

/** A release of the chart, with the spec of its run. */
export interface Release {
  plane: SharedControlPlane;
  namespace: string;
  name: string;
  spec: Partial<CassandraCleanupSpec>;
}

/** The name of a release's CassandraCleanup. */
export function objectOf({ name }: Pick<Release, 'name'>): string {
  return `${name}-${RUN}`;
}

/** Installs a release or brings it to this spec, and waits for its run where flags say so. A refusal is an answer. */
export function deploy({ plane, namespace, name, spec }: Release, ...flags: string[]): Promise<HelmResult> {
  return helm(plane, ['upgrade', name, CHART, '--install', '--namespace', namespace, ...flags], { run: RUN, spec });
}

/** As `deploy`; throws where Helm fails. */
export async function deployed(release: Release): Promise<void> {
  const { code, stderr } = await deploy(release);
  if (code !== 0) throw new Error(stderr);
}

/** Runs Helm 4 as the admin; values go in as a file would. */
export async function helm(plane: SharedControlPlane, args: readonly string[], values?: object): Promise<HelmResult> {
  return (await helmOf('v4.3.1', plane.kubeconfig)).run(args, values);
}
