// Builds the Dockerfile with buildah: no daemon, no registry, in a storage of its own that is thrown away with its folder.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Buildah, buildBase, runtimeBase } from './bases.ts';
import { command } from './run-command.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const NAME = 'localhost/cassandra-cleanup-operator';

/** The image, and what it says of itself. */
export interface Image {
  /** Where its files lie, as one root. */
  root: string;
  config: ImageConfig;
  /** Bytes of the files that the Dockerfile adds to its base, and of all. */
  addedBytes: number;
  bytes: number;
}

/** The part of the OCI configuration that decides how it runs. */
export interface ImageConfig {
  User: string;
  Env: readonly string[];
  Entrypoint: readonly string[];
  Labels: Readonly<Record<string, string>>;
}

/** Buildah as root without a container engine: plain folders for layers, chroot for the steps. */
function buildahIn(workplace: string): Buildah {
  const storage = [
    '--root',
    join(workplace, 'storage'),
    '--runroot',
    join(workplace, 'run'),
    '--storage-driver',
    'vfs',
  ];
  const env = { BUILDAH_ISOLATION: 'chroot' };
  return (args) => command('buildah', [...storage, ...args], { env });
}

/** Builds the Dockerfile over stand-ins for its bases; everything lies in the workplace. */
export async function buildImage(workplace: string, say: (text: string) => void): Promise<Image> {
  const buildah = buildahIn(workplace);
  say('bases: a Debian to build in, Node with its libraries to run on …');
  const bases = {
    BUILD_IMAGE: await buildBase(buildah, workplace),
    RUNTIME_IMAGE: await runtimeBase(buildah, workplace),
  };
  const { version }: { version: string } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  const args = { ...bases, VERSION: version, REVISION: await command('git', ['-C', ROOT, 'rev-parse', 'HEAD']) };
  say('the Dockerfile …');
  const given = Object.entries(args).flatMap(([name, value]) => ['--build-arg', `${name}=${value}`]);
  await buildah(['build', '--pull=never', ...given, ...trusted(), '--tag', NAME, ROOT]);
  const container = await buildah(['from', '--pull=never', NAME]);
  const root = await buildah(['mount', container]);
  const inspected = JSON.parse(await buildah(['inspect', '--type', 'image', NAME]));
  return {
    root,
    config: inspected.OCIv1.config,
    addedBytes: await bytesOf(join(root, 'app')),
    bytes: await bytesOf(root),
  };
}

/** Where packages come by way of somebody who signs with a CA of its own, npm must know it while it builds. */
function trusted(): string[] {
  const file = process.env['NODE_EXTRA_CA_CERTS'] ?? '/etc/ssl/certs/ca-certificates.crt';
  return ['--volume', `${file}:/etc/ssl/certs/ca-certificates.crt:ro`];
}

async function bytesOf(folder: string): Promise<number> {
  return Number((await command('du', ['--summarize', '--apparent-size', '--bytes', folder])).split('\t')[0]);
}
