// A real Prometheus that scrapes operators many times a second, with our alerts in a hurry: every duration in them is so many
// times shorter, by default three hundred: an hour is twelve seconds.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { until } from '../support/cleanups.ts';
import { freePort } from '../support/free-port.ts';
import { killOnExit, removeFolder } from '../support/kill-on-exit.ts';
import { prometheusTools } from './prometheus-tools.ts';
import { readMonitoring } from './shipped.ts';

const EVERY = '500ms';
const UNITS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000 };

/** One alert that is pending or firing. */
export interface ActiveAlert {
  labels: Record<string, string>;
  annotations: Record<string, string>;
  state: 'pending' | 'firing';
}

/** A running Prometheus. */
export interface TestPrometheus {
  /** The value of each series that the query gives, by its labels. */
  query(query: string): Promise<{ metric: Record<string, string>; value: number }[]>;
  alerts(): Promise<ActiveAlert[]>;
  /** Names of the alerts that fire now. */
  firing(): Promise<string[]>;
  /** Waits until this alert fires. */
  untilFiring(alert: string): Promise<ActiveAlert>;
  stop(): Promise<void>;
}

/** Starts one that scrapes these ports of 127.0.0.1, and waits until it has. */
export async function startPrometheus(ports: readonly number[], hurry = 300): Promise<TestPrometheus> {
  const { prometheus } = await prometheusTools();
  const folder = mkdtempSync(join(tmpdir(), 'prometheus-'));
  const port = await freePort();
  writeFileSync(join(folder, 'alerts.yaml'), inAHurry(readMonitoring('alerts.yaml'), hurry));
  writeFileSync(join(folder, 'prometheus.yaml'), configuration(ports));
  const child = spawn(prometheus, argumentsFor(folder, port), { stdio: ['ignore', 'ignore', 'pipe'] });
  const forget = killOnExit(child, [folder]);
  const log: string[] = [];
  child.stderr.on('data', (chunk) => log.push(String(chunk)));
  const api = <T>(path: string) => get<T>(`http://127.0.0.1:${port}/api/v1/${path}`);
  const stop = async () => {
    forget();
    await ended(child);
    removeFolder(folder);
  };
  try {
    await until(async () => (await scraped(api)) === ports.length);
  } catch (error) {
    await stop();
    throw new Error(`${error}\n${log.join('')}`);
  }
  return { ...asking(api), stop };
}

type Api = <T>(path: string) => Promise<T | undefined>;

function asking(api: Api): Omit<TestPrometheus, 'stop'> {
  const alerts = async () => (await api<{ alerts: ActiveAlert[] }>('alerts'))?.alerts ?? [];
  const firing = async () => (await alerts()).filter(({ state }) => state === 'firing');
  return {
    alerts,
    firing: async () => (await firing()).map(({ labels }) => labels['alertname'] ?? ''),
    query: async (query) => {
      type Answer = { result: { metric: Record<string, string>; value: [number, string] }[] };
      const answer = await api<Answer>(`query?query=${encodeURIComponent(query)}`);
      return (answer?.result ?? []).map(({ metric, value }) => ({ metric, value: Number(value[1]) }));
    },
    untilFiring: async (alert) => {
      const found: ActiveAlert[] = [];
      await until(async () => {
        found.push(...(await firing()).filter(({ labels }) => labels['alertname'] === alert));
        return found.length > 0;
      });
      return found[0] as ActiveAlert;
    },
  };
}

/** The data of an answer; undefined = it does not listen, or is not ready, yet. */
async function get<T>(url: string): Promise<T | undefined> {
  const response = await fetch(url).catch(() => undefined);
  if (response === undefined || response.status === 503) return undefined;
  const { status, data, error } = (await response.json()) as { status: string; data: T; error?: string };
  if (status !== 'success') throw new Error(`${url}: ${error}`);
  return data;
}

/** How many targets have been scraped well. */
async function scraped(api: Api): Promise<number> {
  const targets = await api<{ activeTargets: { health: string }[] }>('targets?state=active');
  return (targets?.activeTargets ?? []).filter(({ health }) => health === 'up').length;
}

/** The rules with every duration shortened: those of `for`, and those in brackets. */
function inAHurry(rules: string, hurry: number): string {
  const shorter = (_all: string, before: string, count: string, unit: string) =>
    `${before}${Math.round((Number(count) * (UNITS[unit] ?? 0)) / hurry)}ms`;
  return rules.replace(/(\bfor: |\[)(\d+)([smh])\b/g, shorter);
}

function configuration(ports: readonly number[]): string {
  return stringify({
    global: { scrape_interval: EVERY, scrape_timeout: EVERY, evaluation_interval: EVERY },
    rule_files: ['alerts.yaml'],
    scrape_configs: [{ job_name: 'operator', static_configs: [{ targets: ports.map((port) => `127.0.0.1:${port}`) }] }],
  });
}

function argumentsFor(folder: string, port: number): string[] {
  return [
    `--config.file=${join(folder, 'prometheus.yaml')}`,
    `--storage.tsdb.path=${join(folder, 'data')}`,
    `--web.listen-address=127.0.0.1:${port}`,
  ];
}

function ended(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) resolve();
    else child.once('exit', () => resolve()).kill('SIGKILL');
  });
}
