// A real helm: the oldest release and the newest that the chart is for. Keeps what it stores in a folder of its own.
import { execFile } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { goTool } from './go-tools.ts';
import type { Manifest } from './install-ways.ts';

/** The releases of helm that the chart is tested with. */
export const HELM_VERSIONS = ['v3.16.4', 'v4.3.1'] as const;

/** Where the chart is. */
export const CHART = join(import.meta.dirname, '..', '..', 'deploy', 'chart');

/** What helm said; a code other than 0 is an answer, not an error. */
export interface HelmResult {
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number;
}

/** How a release is to be called, where it goes, and of which chart it is, if not of ours. */
export interface ReleasePlace {
  readonly release: string;
  readonly namespace: string;
  readonly chart?: string;
}

/** A helm of one release. */
export interface Helm {
  readonly version: string;
  /** Runs it; values go in as a file would. */
  run(args: readonly string[], values?: object): Promise<HelmResult>;
  /** What the chart becomes with these values, without an API server. Throws what helm complains of. */
  render(values?: object, place?: ReleasePlace): Promise<Manifest[]>;
}

/** As the base names everything: with it, chart and base make the same objects. */
const likeTheBase: ReleasePlace = { release: 'cassandra-cleanup-operator', namespace: 'cassandra-cleanup' };

/** The path of a release of helm; built with Go where it is not there yet. */
export function helmProgram(version: (typeof HELM_VERSIONS)[number]): Promise<string> {
  const module = `helm.sh/helm/${version.split('.')[0]}`;
  const variables = [`${module}/internal/version.version=${version}`];
  return goTool({ name: 'helm', package: `${module}/cmd/helm`, module, version, variables });
}

/** The helm of a version. */
export async function helmOf(version: (typeof HELM_VERSIONS)[number], kubeconfig = '/dev/null'): Promise<Helm> {
  const program = await helmProgram(version);
  const home = mkdtempSync(join(tmpdir(), 'helm-'));
  const folders = { HELM_CACHE_HOME: home, HELM_CONFIG_HOME: home, HELM_DATA_HOME: home };
  const env = { PATH: process.env['PATH'], HOME: home, KUBECONFIG: kubeconfig, ...folders };
  const run: Helm['run'] = (args, values) =>
    new Promise((resolve) => {
      const all = [...args, ...(values ? ['--values', '-'] : [])];
      const child = execFile(program, all, { env, maxBuffer: 2 ** 26 }, (error, stdout, stderr) => {
        resolve({ stdout, stderr, code: error === null ? 0 : typeof error.code === 'number' ? error.code : -1 });
      });
      child.stdin?.on('error', () => {}).end(values ? JSON.stringify(values) : '');
    });
  return {
    version,
    run,
    render: async (values, { release, namespace, chart = CHART } = likeTheBase) => {
      const args = ['template', release, chart, '--namespace', namespace, '--kube-version', '1.37.0'];
      const { stdout, stderr, code } = await run(args, values ?? {});
      if (code !== 0) throw new Error(stderr);
      const documents = parseAllDocuments(stdout).map((document) => document.toJS() as Manifest | null);
      return documents.filter((object) => object !== null);
    },
  };
}
