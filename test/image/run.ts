// Runs the image as its Deployment would have it run, without an engine: its files as the whole file system, read-only, its own
// user without any right, in a mount and process namespace of its own; and measures it against a real API server.
import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, copyFileSync, existsSync, globSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { OPERATOR, type SharedControlPlane } from '../support/control-plane.ts';
import { freePort } from '../support/free-port.ts';
import { killOnExit } from '../support/kill-on-exit.ts';
import type { Image } from './build.ts';

/** Mounts what is named first over itself, read-only, with a /proc and what is mounted into a Pod; then becomes the image. */
const ENTER = `set -e
root=$1; secrets=$2; shift 2
mount --bind "$root" "$root"
mount --bind "$secrets" "$root/etc/operator"
mount -t proc proc "$root/proc"
mount -o remount,bind,ro "$root"
exec setpriv --no-new-privs --inh-caps=-all --ambient-caps=-all chroot --userspec="$IMAGE_USER" "$root" "$@"`;

/** A running image. */
export interface Running {
  /** Milliseconds from the start of the namespace to /readyz = 200. */
  readyAfterMs: number;
  /** Of its process, as the machine sees it. */
  pid: number;
  log(): string;
  stop(): Promise<number | null>;
}

/** Starts it with these arguments, as \`docker run IMAGE ARGS\` would. */
export function start(image: Image, workplace: string, args: readonly string[]): ChildProcess {
  const { User, Env, Entrypoint } = image.config;
  for (const place of ['proc', 'etc/operator']) mkdirSync(join(image.root, place), { recursive: true });
  mkdirSync(join(workplace, 'mounted'), { recursive: true });
  const enter = ['sh', '-c', ENTER, 'enter', image.root, join(workplace, 'mounted')];
  const child = spawn('unshare', ['--mount', '--pid', '--fork', '--kill-child', ...enter, ...Entrypoint, ...args], {
    env: {
      ...Object.fromEntries(Env.map((pair) => pair.split(/=(.*)/s, 2))),
      PATH: process.env['PATH'],
      IMAGE_USER: User,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  child.once('exit', killOnExit(child));
  return child;
}

/** Starts it against the API server, as the operator's service account, and waits until it is ready. */
export async function startReady(image: Image, workplace: string, plane: SharedControlPlane): Promise<Running> {
  const port = await freePort();
  mkdirSync(join(workplace, 'mounted'), { recursive: true });
  const kubeconfig = join(workplace, 'mounted', 'kubeconfig');
  copyFileSync(await plane.kubeconfigFor(OPERATOR), kubeconfig);
  chmodSync(kubeconfig, 0o444); // its user is not the one who copied it
  const begun = performance.now();
  const child = start(image, workplace, [
    ...['--kubeconfig=/etc/operator/kubeconfig', `--health-address=127.0.0.1:${port}`],
    ...[`--metrics-address=127.0.0.1:${await freePort()}`, '--allow-loopback-targets'],
  ]);
  let log = '';
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => (log += chunk));
  const exited = new Promise<number | null>((resolve) => child.once('exit', resolve));
  while ((await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => undefined))?.ok !== true) {
    if (child.exitCode !== null || performance.now() - begun > 20_000) throw new Error(`it did not get ready:\n${log}`);
    await sleep(5);
  }
  const readyAfterMs = performance.now() - begun;
  const pid = insideOf(child.pid ?? 0);
  const stop = () => {
    process.kill(pid, 'SIGTERM');
    return exited;
  };
  return { readyAfterMs, pid, log: () => log, stop };
}

/** The process that the namespace was made for: the only child of \`unshare\`. */
function insideOf(pid: number): number {
  return Number(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim());
}

/** Of a process: resident memory in bytes, its user, its capabilities, and whether it may gain others. */
export function standingOf(pid: number) {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const field = (name: string) => new RegExp(`^${name}:\\s+(\\S+)`, 'm').exec(status)?.[1] ?? '';
  const rssBytes = 1_024 * Number(field('VmRSS'));
  return { rssBytes, user: field('Uid'), capabilities: field('CapEff'), noNewPrivileges: field('NoNewPrivs') === '1' };
}

/** What would let an intruder feel at home: shells and package managers among the files of the image. */
export function shellsIn({ root }: Image): string[] {
  const names = 'sh,bash,dash,ash,busybox,apt,apt-get,dpkg,apk,npm,npx,corepack,curl,wget,perl,python3';
  return globSync(`**/{${names}}`, { cwd: root }).filter((path) => existsSync(join(root, path)));
}
