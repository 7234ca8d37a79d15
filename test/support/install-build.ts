// Programs that only the tests of deploy/ need: built with Go, once, into the user's cache, under a lock.
import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { lockFile } from './file-lock.ts';

/** What to build. */
export interface GoProgram {
  /** Its package; the program is called like its last part. */
  readonly package: string;
  readonly version: string;
  /** The folder of a module of ours whose go.mod pins the package; absent = the package's own module, at the version. */
  readonly module?: string;
  /** What the linker sets, as PACKAGE.VARIABLE=VALUE: a program built by hand knows no version of its own. */
  readonly variables: readonly string[];
}

const PROGRESS_MS = 15_000;

/** How long a test may wait for its programs, which may be built by it or by another test. */
export const BUILD_TIMEOUT_MS = 1_200_000;

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
  const work = join(folder, '.work');
  mkdirSync(work, { recursive: true });
  const linking = ['-s', '-w', ...program.variables.map((set) => `-X ${set}`)].join(' ');
  const flags = ['-trimpath', '-gcflags=all=-dwarf=false', '-ldflags', linking];
  const args = program.module
    ? ['build', '-mod=mod', ...flags, '-o', join(work, name), program.package]
    : ['install', ...flags, `${program.package}@${program.version}`];
  // A copy: the module need not have the checksums of what only this program imports.
  for (const file of ['go.mod', 'go.sum']) if (program.module) cpSync(join(program.module, file), join(work, file));
  const settings = { CGO_ENABLED: '0', GOFLAGS: '', GOTOOLCHAIN: 'local', GOWORK: 'off' };
  const env = { ...process.env, ...settings, GOCACHE: join(work, 'cache'), GOBIN: work };
  const begun = performance.now();
  const report = () => say(`building it with Go, once (${Math.round((performance.now() - begun) / 1_000)} s)`);
  report();
  const timer = setInterval(report, PROGRESS_MS);
  try {
    await promisify(execFile)('go', args, { env, cwd: work, maxBuffer: 2 ** 26 });
    renameSync(join(work, name), join(folder, name));
  } finally {
    clearInterval(timer);
    rmSync(work, { recursive: true, force: true });
  }
}
