// Stand-ins for the two bases of the Dockerfile where no registry of images can be reached: a Debian with Node and npm to build
// in, and to run on what a distroless image has: Node, the libraries it is linked with, CA certificates, one user, no shell.
import { cpSync, existsSync, mkdirSync, readdirSync, realpathSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { command } from './run-command.ts';

/** Node of the version that is shipped: the one that `npm ci` brings along. */
const NODE = process.execPath;
const CA_CERTIFICATES = '/etc/ssl/certs/ca-certificates.crt';

/** Makes an image of a folder, and gives its name with the digest by which the Dockerfile takes it. */
async function imageOf(buildah: Buildah, folder: string, name: string, settings: readonly string[]): Promise<string> {
  const archive = `${folder}.tar`; // a plain folder would lose its owners
  await command('tar', ['--create', '--numeric-owner', '--file', archive, '--directory', folder, '.']);
  const container = await buildah(['from', 'scratch']);
  await buildah(['add', container, archive, '/']);
  await buildah(['config', ...settings, container]);
  await buildah(['commit', '--rm', container, name]);
  const digest = await buildah(['inspect', '--type', 'image', '--format', '{{.FromImageDigest}}', name]);
  return `${name}@${digest}`;
}

/** Runs buildah over a storage of its own. */
export type Buildah = (args: readonly string[]) => Promise<string>;

/** Node at /nodejs/bin/node, what it needs, and nothing else. */
export async function runtimeBase(buildah: Buildah, workplace: string): Promise<string> {
  const folder = join(workplace, 'runtime');
  const put = (source: string, target: string) => {
    mkdirSync(join(folder, dirname(target)), { recursive: true });
    cpSync(realpathSync(source), join(folder, target));
  };
  put(NODE, '/nodejs/bin/node');
  const linked = await command('ldd', [NODE]);
  for (const [path] of linked.matchAll(/\/\S+\.so\S*/g)) put(path, path);
  put(CA_CERTIFICATES, CA_CERTIFICATES);
  for (const empty of ['tmp', 'home/nonroot']) mkdirSync(join(folder, empty), { recursive: true });
  await command('chmod', ['1777', join(folder, 'tmp')]);
  await command('chown', ['65532:65532', join(folder, 'home/nonroot')]);
  writeFileSync(join(folder, 'etc/passwd'), 'nonroot:x:65532:65532:nonroot:/home/nonroot:/sbin/nologin\n');
  writeFileSync(join(folder, 'etc/group'), 'nonroot:x:65532:\n');
  return imageOf(buildah, folder, 'localhost/runtime-base', ['--user', '65532:65532', '--env', 'HOME=/home/nonroot']);
}

/** A Debian of this machine's packages, with Node and npm. */
export async function buildBase(buildah: Buildah, workplace: string): Promise<string> {
  const folder = join(workplace, 'build');
  const release = await command('sh', ['-c', '. /etc/os-release && echo "$VERSION_CODENAME"']);
  const sources = debianSources();
  await command('mmdebstrap', [
    '--variant=essential',
    '--include=ca-certificates,libstdc++6',
    release,
    folder,
    ...sources,
  ]);
  cpSync(NODE, join(folder, 'usr/local/bin/node'));
  const npm = join(await command('npm', ['root', '--global']), 'npm');
  cpSync(npm, join(folder, 'usr/local/lib/node_modules/npm'), { recursive: true, dereference: true });
  const start = '#!/bin/sh\nexec /usr/local/bin/node /usr/local/lib/node_modules/npm/bin/npm-cli.js "$@"\n';
  writeFileSync(join(folder, 'usr/local/bin/npm'), start, { mode: 0o755 });
  const env = ['--env', 'PATH=/usr/local/bin:/usr/bin:/bin', '--env', 'NODE_USE_SYSTEM_CA=1'];
  return imageOf(buildah, folder, 'localhost/build-base', env);
}

/** This machine's own lists of where Debian's packages are; without any, mmdebstrap's default. */
function debianSources(): string[] {
  const folder = '/etc/apt/sources.list.d';
  const files = existsSync(folder) ? readdirSync(folder).filter((name) => name === 'debian.sources') : [];
  return files.map((name) => join(folder, name));
}
