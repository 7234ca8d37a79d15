// Programs that only the tests of deploy/ need: built with Go, once, into the user's cache, under a lock.
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { lockFile } from './file-lock.ts';

/** What to build. */
export interface GoProgram {
  /** Its package; the program is called like its last part. */
  readonly package: string;
  readonly version: string;
  /** The folder of a module of ours that pins the package; absent = the package's own module, at the version. */
  readonly module?: string;
  /** What the linker sets, as PACKAGE.VARIABLE=VALUE: a program built by hand knows no version of its own. */
  readonly variables: readonly string[];
}

const PROGRESS_MS = 15_000;

/** The path of the program; built first where it is not there yet. */
export async function goProgram(program: GoProgram): Promise<string> {
  const name = basename(program.package);
  const root = process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache');
  const folder = join(root, 'cassandra-cleanup-operator', name, program.version);
  const path = join(folder, name);
  if (existsSync(path)) return path;
  mkdirSync(folder, { recursive: true });
  const say = (text: string) => void process.stderr.write(`${name} ${program.version}: ${text}\n`);
  const lock = await lockFile(`${folder}.lock`, say);
  try {
    if (!existsSync(path)) await build(program, { folder, name, say });
  } finally {
    lock.release();
  }
  return path;
}

interface Place {
  folder: string;
  name: string;
  say: (text: string) => void;
}

/** Into a folder of its own first, and moved when it is whole. The build cache, some GB, goes with the build. */
async function build(program: GoProgram, { folder, name, say }: Place): Promise<void> {
  const [out, cache] = [join(folder, '.out'), join(folder, '.go-cache')];
  const flags = [
    '-trimpath',
    '-gcflags=all=-dwarf=false',
    '-ldflags',
    ['-s', '-w', ...program.variables.map((set) => `-X ${set}`)].join(' '),
  ];
  const args = program.module
    ? ['build', ...flags, '-o', join(out, name), program.package]
    : ['install', ...flags, `${program.package}@${program.version}`];
  const settings = { CGO_ENABLED: '0', GOFLAGS: program.module ? '-mod=readonly' : '', GOTOOLCHAIN: 'local' };
  const env = { ...process.env, ...settings, GOWORK: 'off', GOCACHE: cache, GOBIN: out };
  const begun = performance.now();
  const report = () =>
    say(`building it with Go, once, into ${folder} (${Math.round((performance.now() - begun) / 1_000)} s)`);
  report();
  const timer = setInterval(report, PROGRESS_MS);
  try {
    await promisify(execFile)('go', args, { env, cwd: program.module ?? folder, maxBuffer: 2 ** 26 });
    renameSync(join(out, name), join(folder, name));
  } finally {
    clearInterval(timer);
    for (const leftover of [out, cache]) rmSync(leftover, { recursive: true, force: true });
  }
}
