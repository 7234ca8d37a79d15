// The JSON of a run: figures, and where, when and under what load they were measured.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { arch, cpus, loadavg, release, totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import { KUBERNETES_VERSION } from '../test/support/control-plane-binaries.ts';
import type { Figure } from './figures.ts';

export interface Results {
  readonly date: string;
  readonly seconds: number;
  readonly quick: boolean;
  readonly machine: Machine;
  /** Of 1, 5 and 15 minutes, before and after. */
  readonly load: { readonly before: readonly number[]; readonly after: readonly number[] };
  readonly figures: readonly Figure[];
}

export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryMb: number;
  readonly system: string;
  readonly node: string;
  readonly kubernetes: string;
}

export function machineOf(): Machine {
  const all = cpus();
  return {
    cpu: all[0]?.model.trim() ?? '',
    cores: all.length,
    memoryMb: Math.round(totalmem() / 2 ** 20),
    system: `${process.platform} ${release()} ${arch()}`,
    node: process.version,
    kubernetes: KUBERNETES_VERSION,
  };
}

export const loadNow = (): number[] => loadavg().map((value) => Math.round(value * 100) / 100);

/** A folder that git does not look at. */
export const RESULTS = join(import.meta.dirname, '..', 'dist', 'bench');

export function writeResults(path: string, results: Results): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `${JSON.stringify(results, undefined, 1)}\n`);
}

export function readResults(path: string): Results {
  return JSON.parse(readFileSync(path, 'utf8'));
}
