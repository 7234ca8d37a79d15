// The CRDs of Flux, Argo CD and Argo Workflows, out of the Go modules that publish them: fetched once, into the user's cache.
import { chmodSync, cpSync, globSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { cacheFolder, go, onceInCache } from './go-tools.ts';

interface Source {
  readonly module: string;
  readonly version: string;
  /** Of all files of the module, as Go's checksum database has it. */
  readonly sum: string;
  readonly crd: string;
}

const SOURCES: readonly Source[] = [
  {
    module: 'github.com/fluxcd/source-controller',
    version: 'v1.9.6',
    sum: 'h1:nG534/bI6nVpyHra7ONAk6xDB3xPsVT+EOLHZHXPrrc=',
    crd: 'config/crd/bases/source.toolkit.fluxcd.io_gitrepositories.yaml',
  },
  {
    module: 'github.com/fluxcd/kustomize-controller',
    version: 'v1.9.6',
    sum: 'h1:XB+G3A0mky0j5uVHZWv4oSlS2RvZBoNIUhstIvY0JKE=',
    crd: 'config/crd/bases/kustomize.toolkit.fluxcd.io_kustomizations.yaml',
  },
  {
    module: 'github.com/argoproj/argo-cd/v3',
    version: 'v3.5.7',
    sum: 'h1:Xm1BF+I5OgDKUG3SDK49vn2/Y5AMyaNVko+/JT08gj0=',
    crd: 'manifests/crds/application-crd.yaml',
  },
  {
    module: 'github.com/argoproj/argo-workflows/v4',
    version: 'v4.0.5',
    sum: 'h1:/1lru5oXUd+k6KEDUps6rLX5OKfi1jTfabgXTly/VFU=',
    crd: 'manifests/base/crds/full/argoproj.io_workflows.yaml', // the minimal one, which most install, holds no fields
  },
];

/** The paths of the CRDs' files. What is not in the cache is downloaded: 100 MB, of which these files are kept. */
export async function gitopsCrds(): Promise<string[]> {
  const paths: string[] = [];
  for (const source of SOURCES) paths.push(await crdOf(source));
  return paths;
}

async function crdOf(source: Source): Promise<string> {
  const { module, version, crd } = source;
  const folder = cacheFolder('crds', `${module.replaceAll('/', '_')}-${version}`);
  const path = join(folder, basename(crd));
  await onceInCache(path, basename(crd), async (say) => {
    say(`downloading ${module} ${version}, once`);
    const modules = `${folder}.modules`;
    mkdirSync(modules, { recursive: true });
    try {
      cpSync(join(await download(source, modules), crd), `${path}.new`);
      renameSync(`${path}.new`, path);
    } finally {
      removeModules(modules);
    }
  });
  return path;
}

/** The folder of the module's files, in a module cache of our own. */
async function download({ module, version, sum }: Source, modules: string): Promise<string> {
  const settings = { GOMODCACHE: modules, GOFLAGS: '' };
  const got = JSON.parse(await go(['mod', 'download', '-json', `${module}@${version}`], modules, settings));
  if (got.Sum !== sum) throw new Error(`${module} ${version} has the checksum ${got.Sum}, not ${sum}.`);
  return got.Dir;
}

/** Go keeps what it has downloaded in folders that nobody may write to. */
function removeModules(modules: string): void {
  for (const folder of globSync('**/', { cwd: modules })) chmodSync(join(modules, folder), 0o755);
  rmSync(modules, { recursive: true, force: true });
}
