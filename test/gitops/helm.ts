// Helm 4 on a real API server, with the chart of deploy/samples/helm: one release for one run.
import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CassandraCleanupSpec } from '../../src/api/generated.ts';
import type { KubectlResult, SharedControlPlane } from '../support/control-plane.ts';
import { helmProgram } from '../support/helm.ts';

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
export async function deploy(release: Release, ...flags: string[]): Promise<KubectlResult> {
  const { plane, namespace, name, spec } = release;
  const values = join(plane.directory, `${namespace}-${name}.json`);
  writeFileSync(values, JSON.stringify({ run: RUN, spec }));
  const place = ['--install', '--namespace', namespace, '--values', values];
  return helm(plane, ['upgrade', name, CHART, ...place, ...flags]);
}

/** As `deploy`; throws where Helm fails. */
export async function deployed(release: Release): Promise<void> {
  const { code, stderr } = await deploy(release);
  if (code !== 0) throw new Error(stderr);
}

/** Runs Helm as the admin. */
export async function helm(plane: SharedControlPlane, args: readonly string[]): Promise<KubectlResult> {
  const program = await helmProgram('v4.3.1');
  const env = { HOME: plane.directory, KUBECONFIG: plane.kubeconfig, PATH: process.env['PATH'] };
  return new Promise((resolve, reject) => {
    execFile(program, args, { env }, (error, stdout, stderr) => {
      if (error !== null && typeof error.code !== 'number') reject(error);
      else resolve({ stdout, stderr, code: Number(error?.code ?? 0) });
    });
  });
}
