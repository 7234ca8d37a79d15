// Builds the control plane's programs with Go, once, into the user's cache: under a lock, and saying what it does.
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type FileLock, lockFile } from './file-lock.ts';
import { killOnExit } from './kill-on-exit.ts';

/** A program of the control plane, by the name of its file. */
export type BinaryName = 'etcd' | 'kube-apiserver' | 'kubectl';

/** Where to build from and to, and the version to print. */
export interface BuildPlace {
  module: string;
  cache: string;
  version: string;
}

const OLDEST_GO = '1.26';
const PROGRESS_MS = 15_000;

/** Builds the named programs into the cache; a program that another process has put there meanwhile is kept. */
export async function buildBinaries(names: readonly BinaryName[], place: BuildPlace): Promise<void> {
  const say = reporter();
  await requireGo();
  mkdirSync(place.cache, { recursive: true });
  const lock = await lockFile(`${place.cache}.lock`, say);
  try {
    for (const leftover of readdirSync(place.cache).filter((name) => name.startsWith('.'))) {
      rmSync(join(place.cache, leftover));
    }
    const missing = names.filter((name) => !existsSync(join(place.cache, name)));
    if (missing.length > 0) await build(missing, place, say);
  } finally {
    release(lock, place);
  }
}

function release(lock: FileLock, place: BuildPlace): void {
  rmSync(goCache(place), { recursive: true, force: true });
  lock.release();
}

async function build(names: readonly BinaryName[], place: BuildPlace, say: Say): Promise<void> {
  say(`building ${names.join(', ')} ${place.version} with Go, once, into ${place.cache}`);
  await go(['list', '-deps', ...names.map((name) => `./${name}`)], place, 'downloading Go modules', say);
  for (const [index, name] of names.entries()) {
    const temporary = join(place.cache, `.${name}-${process.pid}`);
    const args = ['build', '-trimpath', '-gcflags=all=-dwarf=false', '-ldflags', linkerFlags(place.version)];
    const what = `compiling ${name} (${index + 1} of ${names.length})`;
    try {
      await go([...args, '-o', temporary, `./${name}`], place, what, say);
      renameSync(temporary, join(place.cache, name));
    } finally {
      rmSync(temporary, { force: true });
    }
  }
  say('built');
}

/** Without these `kubectl version` shows nonsense. */
function linkerFlags(version: string): string {
  const [major, minor] = version.replace(/^v/, '').split('.');
  const packages = ['k8s.io/component-base/version', 'k8s.io/client-go/pkg/version'];
  const values = { gitVersion: version, gitMajor: major, gitMinor: minor, gitTreeState: 'clean' };
  const sets = packages.flatMap((path) => Object.entries(values).map(([key, value]) => `-X ${path}.${key}=${value}`));
  return ['-s', '-w', ...sets].join(' ');
}

/** A Go build cache of our own: it grows to 2.5 GB, so it goes with the build; an interrupted build resumes from it. */
function goCache(place: BuildPlace): string {
  return `${place.cache}.go-cache`;
}

async function go(args: string[], place: BuildPlace, what: string, say: Say): Promise<void> {
  say(what);
  const settings = { CGO_ENABLED: '0', GOFLAGS: '-mod=readonly', GOTOOLCHAIN: 'local', GOWORK: 'off' };
  const env = { ...process.env, ...settings, GOCACHE: goCache(place) };
  const child = spawn('go', args, { cwd: place.module, env, stdio: ['ignore', 'ignore', 'pipe'] });
  const forget = killOnExit(child);
  const timer = setInterval(() => say(`still ${what}`), PROGRESS_MS);
  try {
    const { code, stderr } = await finished(child);
    if (code !== 0) throw new Error(`go ${args[0]} failed while ${what}: ${stderr.trim().slice(-2_000)}`);
  } finally {
    clearInterval(timer);
    forget();
  }
}

function finished(child: ChildProcess): Promise<{ code: number | null; stderr: string }> {
  return new Promise((resolve, reject) => {
    let stderr = '';
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    child.once('error', reject).once('close', (code) => resolve({ code, stderr }));
  });
}

async function requireGo(): Promise<void> {
  const env = { ...process.env, GOTOOLCHAIN: 'local' };
  const found = await promisify(execFile)('go', ['env', 'GOVERSION'], { env }).then(
    ({ stdout }) => stdout.trim().replace(/^go/, ''),
    () => undefined,
  );
  if (found && found.localeCompare(OLDEST_GO, 'en', { numeric: true }) >= 0) return;
  const why = found ? `Go is too old (${found})` : 'Go was not found';
  throw new Error(
    `The tests need a control plane, and there is none: ${why}; install Go ${OLDEST_GO} or newer, or set ` +
      'KUBEBUILDER_ASSETS to a folder with etcd, kube-apiserver and kubectl.',
  );
}

type Say = (text: string) => void;

function reporter(): Say {
  const start = performance.now();
  return (text) => {
    const seconds = Math.round((performance.now() - start) / 1_000);
    process.stderr.write(`control plane [${String(seconds).padStart(3)} s] ${text}\n`);
  };
}
