// The operator under test as a process of its own: from source, against a real API server, with the rules that deploy/ ships.
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { OPERATOR, type SharedControlPlane } from './control-plane.ts';
import { freePort } from './free-port.ts';

const ROOT = join(import.meta.dirname, '..', '..');

export interface OperatorOptions {
  plane: SharedControlPlane;
  /** Namespaces to watch; empty = all. */
  namespaces: readonly string[];
  /** Further flags. */
  flags?: readonly string[];
  env?: Readonly<Record<string, string>>;
  /** Default: the operator's own, straight to the API server. */
  kubeconfig?: string;
  /** What node runs; default: the source. */
  script?: string;
  /** Flags of node itself. */
  nodeFlags?: readonly string[];
}

/** A running operator. */
export interface OperatorProcess {
  readonly pid: number;
  readonly healthPort: number;
  /** Milliseconds from the start of the process to /readyz = 200. */
  readonly readyAfterMs: number;
  /** Everything it has logged, one parsed object a line. */
  logs(): Record<string, unknown>[];
  signal(signal: NodeJS.Signals): void;
  /** Resolves with the exit code (null = by a signal), and how long that took. */
  exited: Promise<number | null>;
  /** SIGTERM, and waits. */
  stop(): Promise<number | null>;
}

/** Starts an operator and waits until it is ready. Throws with its log where it is not within 20 s. */
export async function startOperator(options: OperatorOptions): Promise<OperatorProcess> {
  const healthPort = await freePort();
  const begun = performance.now();
  const child = spawn(process.execPath, await argumentsOf(options, healthPort), {
    cwd: ROOT,
    env: { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '', ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const lines = linesOf(child);
  const exited = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)));
  const killer = () => child.kill('SIGKILL');
  process.once('exit', killer);
  void exited.then(() => process.off('exit', killer));
  await ready(child, healthPort, lines);
  return {
    pid: child.pid ?? 0,
    healthPort,
    readyAfterMs: performance.now() - begun,
    logs: () => lines.flatMap(parsed),
    signal: (signal) => child.kill(signal),
    exited,
    stop: () => {
      child.kill('SIGTERM');
      return exited;
    },
  };
}

async function argumentsOf(options: OperatorOptions, healthPort: number): Promise<string[]> {
  const { plane, namespaces, flags = [], script = join('src', 'main.ts') } = options;
  return [
    ...(options.nodeFlags ?? []),
    script,
    ...['--kubeconfig', options.kubeconfig ?? (await plane.kubeconfigFor(OPERATOR))],
    ...['--watch-namespaces', namespaces.join(',')],
    ...['--health-address', `127.0.0.1:${healthPort}`, '--metrics-address', '0'],
    '--allow-loopback-targets',
    ...(flags.some((flag) => flag.startsWith('--leader-elect') || flag.startsWith('--lease'))
      ? []
      : ['--leader-elect=false']),
    ...flags,
  ];
}

function linesOf(child: ChildProcess): string[] {
  const lines: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    let rest = '';
    stream?.on('data', (chunk) => {
      const parts = `${rest}${chunk}`.split('\n');
      rest = parts.pop() ?? '';
      lines.push(...parts);
    });
  }
  return lines;
}

function parsed(line: string): Record<string, unknown>[] {
  try {
    return [JSON.parse(line)];
  } catch {
    return [{ msg: line }];
  }
}

async function ready(child: ChildProcess, port: number, lines: readonly string[]): Promise<void> {
  for (let attempt = 0; attempt < 1_000; attempt += 1) {
    if (child.exitCode !== null) break;
    const response = await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => undefined);
    if (response?.ok) return;
    await sleep(20);
  }
  child.kill('SIGKILL');
  throw new Error(`the operator did not become ready:\n${lines.join('\n')}`);
}
