// The operators that are compared, as commands: ours as the image runs it, and the naive one. Ours is bundled once, and its compile
// cache filled once, as the Dockerfile does it.
import { execFileSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { OPERATOR, OPERATOR_USER, type SharedControlPlane } from '../test/support/control-plane.ts';
import { freePort } from '../test/support/free-port.ts';
import { imageEnvironment, imageNodeFlags } from '../test/support/image-command.ts';
import { removeFolder } from '../test/support/kill-on-exit.ts';
import { NAIVE_USER } from './place.ts';
import { profileFlags } from './profile/artifacts.ts';

export type ContenderName = 'ours' | 'naive';

/** One operator, ready to be started on a control plane. */
export interface Contender {
  readonly name: ContenderName;
  /** Its user name in the audit log. */
  readonly user: string;
  /** Arguments of node, and its environment. */
  command(plane: SharedControlPlane): Promise<{ args: string[]; env: Record<string, string> }>;
  /** Lines of its output that hold one of these say that it watches, and that it acts. */
  readonly watching: string;
  readonly acting: string;
  /** Where its profiles go. */
  readonly profiles?: string;
}

export interface ContenderOptions {
  readonly fromSource: boolean;
  readonly oursOnly: boolean;
  /** Where profiles of ours go. */
  readonly profiles?: string;
}

const ROOT = join(import.meta.dirname, '..');
const NODE_FLAGS = imageNodeFlags();

/** Ours first. */
export function createContenders(options: ContenderOptions): Contender[] {
  const ours = oursOf(options);
  return options.oursOnly ? [ours] : [ours, naive];
}

function oursOf({ fromSource, profiles }: ContenderOptions): Contender {
  const profiling = profiles === undefined ? [] : profileFlags(profiles);
  const folder = temporaryFolder();
  const script = fromSource
    ? ['--disable-warning=ExperimentalWarning', join(ROOT, 'src', 'main.ts')]
    : [bundle(folder)];
  // The Pod's UID is the same after a crash of its container: it goes on leading at once.
  const env = { ...imageEnvironment(join(folder, 'compile-cache')), POD_UID: '5f0c5a5e-0000-4000-8000-000000000001' };
  execFileSync(process.execPath, [...NODE_FLAGS, ...script, '--help'], { env });
  return {
    name: 'ours',
    user: OPERATOR_USER,
    watching: '"caches are filled"',
    acting: '"leading"',
    ...(profiles === undefined ? {} : { profiles }),
    command: async (plane) => ({
      args: [
        ...[...NODE_FLAGS, ...profiling, ...script],
        ...['--kubeconfig', await plane.kubeconfigFor(OPERATOR), '--allow-loopback-targets', '--log-format=json'],
        `--metrics-address=127.0.0.1:${await freePort()}`,
        `--health-address=127.0.0.1:${await freePort()}`,
      ],
      env,
    }),
  };
}

const naive: Contender = {
  name: 'naive',
  user: NAIVE_USER,
  watching: 'watching',
  acting: 'watching',
  command: async (plane) => ({
    args: ['--disable-warning=ExperimentalWarning', join(ROOT, 'bench', 'naive', 'operator.ts')],
    env: { KUBECONFIG: plane.kubeconfigForUser(NAIVE_USER) },
  }),
};

/** By the image's own builder, to a place of this process' own, where no other build can get at it. */
function bundle(folder: string): string {
  const file = join(folder, 'operator.cjs');
  execFileSync(process.execPath, [join(ROOT, 'src', 'tools', 'build.ts'), join(ROOT, 'src', 'main.ts'), file]);
  return file;
}

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'bench-'));
  process.once('exit', () => removeFolder(folder));
  return folder;
}
