// Finds etcd, kube-apiserver and kubectl for the tests and the demo, and builds them with Go where there are none.
import { createHash } from 'node:crypto';
import { accessSync, constants, readdirSync, readFileSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { type BinaryName, buildBinaries } from './control-plane-build.ts';

/** Paths of the programs that make a control plane. */
export interface ControlPlaneBinaries {
  etcd: string;
  kubeApiserver: string;
  kubectl: string;
}

/** Release of Kubernetes that test/support/control-plane/go.mod pins. */
export const KUBERNETES_VERSION = 'v1.37.2';

/** Folder of the Go module that the programs are built from. */
export const MODULE_FOLDER = join(import.meta.dirname, 'control-plane');

const OLDEST_MINOR = 33;

/** Finds the programs: KUBEBUILDER_ASSETS, our cache, setup-envtest's folder; builds what is missing into our cache. */
export async function controlPlaneBinaries(): Promise<ControlPlaneBinaries> {
  const cache = cacheFolder();
  const folders = [...assetsFolders(), cache, ...envtestFolders()];
  const servers = folders.find((folder) => has(folder, 'etcd') && has(folder, 'kube-apiserver'));
  const kubectlFolder = [...(servers ? [servers] : []), cache].find((folder) => has(folder, 'kubectl'));
  const missing: BinaryName[] = [];
  if (!servers) missing.push('etcd', 'kube-apiserver');
  if (!kubectlFolder) missing.push('kubectl');
  if (missing.length > 0) {
    await buildBinaries(missing, { module: MODULE_FOLDER, cache, version: KUBERNETES_VERSION });
  }
  return {
    etcd: join(servers ?? cache, 'etcd'),
    kubeApiserver: join(servers ?? cache, 'kube-apiserver'),
    kubectl: join(kubectlFolder ?? cache, 'kubectl'),
  };
}

/** Folder in the user's cache, named by the version and by a hash of all that goes into the programs. */
export function cacheFolder(): string {
  const hash = createHash('sha256');
  for (const file of ['go.mod', 'go.sum', 'etcd/main.go', 'kube-apiserver/main.go', 'kubectl/main.go']) {
    hash.update(`${file}\0`).update(readFileSync(join(MODULE_FOLDER, file)));
  }
  const name = `${KUBERNETES_VERSION}-${hash.digest('hex').slice(0, 12)}`;
  const root = process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache');
  return join(root, 'cassandra-cleanup-operator', 'control-plane', name);
}

function assetsFolders(): string[] {
  const folder = process.env['KUBEBUILDER_ASSETS'];
  if (!folder) return [];
  if (has(folder, 'etcd') && has(folder, 'kube-apiserver')) return [folder];
  throw new Error(
    `KUBEBUILDER_ASSETS names ${folder}, which holds no etcd and kube-apiserver: correct it or unset it.`,
  );
}

/** Folders of setup-envtest, the newest release first; releases older than the oldest we support are left out. */
function envtestFolders(): string[] {
  const root = process.env['XDG_DATA_HOME'] || join(homedir(), '.local', 'share');
  const parent = join(root, 'kubebuilder-envtest', 'k8s');
  const platform = `-${process.platform}-${process.arch === 'x64' ? 'amd64' : process.arch}`;
  return list(parent)
    .filter((name) => name.endsWith(platform) && Number(name.split('.')[1]) >= OLDEST_MINOR)
    .sort((a, b) => b.localeCompare(a, 'en', { numeric: true }))
    .map((name) => join(parent, name));
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function has(folder: string, name: BinaryName): boolean {
  return isExecutable(join(folder, name));
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/** Full path of a program on the PATH, or undefined. */
export function onPath(program: string): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  return folders.map((folder) => join(folder, program)).find(isExecutable);
}
