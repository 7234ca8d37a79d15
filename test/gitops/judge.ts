// Asks the Go program in test/gitops/go what the tools of GitOps make of CassandraCleanups, by their own libraries.
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import type { CassandraCleanup } from '../../src/api/generated.ts';
import { goTool } from '../support/go-tools.ts';

const ROOT = join(import.meta.dirname, '..', '..');

/** What one tool says of an object. */
export interface Judged {
  status: string;
  message: string;
}

/** What an action of Argo CD makes: the object changed, or what to do with other objects. */
export type Made = CassandraCleanup | { operation: string; resource: CassandraCleanup }[];

/** What all tools say of an object. */
export interface Verdict {
  kstatus: Judged;
  /** By the fork of kstatus that Flux and Helm use. */
  flux: Judged;
  argo: Judged;
  /** Argo CD's actions, and whether they are on offer. */
  discovered: Readonly<Record<string, { disabled: boolean; displayName: string }>>;
  made: Readonly<Record<string, Made>>;
  /** What a step of Argo Workflows comes to. */
  workflow: string;
}

/** The scripts as argocd-cm.yaml hands them to Argo CD, and the conditions of the Argo Workflows sample. */
function scripts() {
  const read = (...path: string[]) => parse(readFileSync(join(ROOT, 'deploy', ...path), 'utf8'));
  const { data } = read('gitops', 'argocd', 'argocd-cm.yaml');
  const actions: { 'discovery.lua': string; definitions: { name: string; 'action.lua': string }[] } = parse(
    data['resource.customizations.actions.cassandra-sidecar.io_CassandraCleanup'],
  );
  const { resource } = read('samples', 'argo-workflows', 'workflow.yaml').spec.templates[0];
  return {
    health: data['resource.customizations.health.cassandra-sidecar.io_CassandraCleanup'],
    discovery: actions['discovery.lua'],
    actions: Object.fromEntries(actions.definitions.map((one) => [one.name, one['action.lua']])),
    workflow: { success: resource.successCondition, failure: resource.failureCondition },
  };
}

/** Builds the program where there is none yet. */
export function judgeProgram(): Promise<string> {
  return goTool({ name: 'judge', module: join(import.meta.dirname, 'go'), package: '.' });
}

/** One verdict for each object. */
export async function judge(objects: readonly object[]): Promise<Verdict[]> {
  const program = await judgeProgram();
  return new Promise((resolve, reject) => {
    const child = execFile(program, { maxBuffer: 2 ** 26 }, (error, stdout, stderr) => {
      if (error === null) resolve(JSON.parse(stdout));
      else reject(new Error(stderr));
    });
    child.stdin?.end(JSON.stringify({ ...scripts(), objects }));
  });
}
