// A watcher under a virtual clock, over a Sidecar client whose answers a test gives by hand, one call at a time.
import type { SidecarClient, SidecarTarget } from '../../src/controller/ports.ts';
import type { Need, Node, Operation } from '../../src/core/model.ts';
import { createSidecarWatcher, type SidecarWatcherOptions } from '../../src/icarus/watcher.ts';
import { Slots } from '../../src/runtime/slots.ts';
import { ManualClock } from '../kube/manual-clock.ts';

/** A call that waits for its answer. */
export interface PendingCall {
  /** `list cleanup`, `operation 1`, `cassandra`, `version`. */
  readonly what: string;
  readonly target: SidecarTarget;
  answer(value: unknown): Promise<void>;
  fail(error: Error): Promise<void>;
}

/** An operation with that id. */
export function op(id: string, change: Partial<Operation> = {}): Operation {
  return { id, type: 'cleanup', state: 'RUNNING', ...change };
}

/** A node whose UID is its name. */
export function pod(name: string, change: Partial<Node> = {}): Node {
  const base = { name, uid: name, namespace: 'ns', labels: {}, ready: true, terminating: false };
  return { ...base, ip: '10.0.0.7', port: 4567, ...change };
}

/** Lets everything that is ready to run do so. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 3; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

/** A watcher, and all that surrounds it. */
export function watcherRig(options: Partial<SidecarWatcherOptions> = {}) {
  const clock = new ManualClock();
  const calls: PendingCall[] = [];
  const asked: string[] = [];
  const requeued: string[] = [];
  const call = <T>(what: string, target: SidecarTarget) =>
    new Promise<T>((resolve, reject) => {
      asked.push(`${target.uid} ${what}`);
      const end = (settleIt: () => void) => {
        calls.splice(calls.indexOf(pending), 1);
        settleIt();
        return settle();
      };
      const pending: PendingCall = {
        what,
        target,
        answer: (value) => end(() => resolve(value as T)),
        fail: (error) => end(() => reject(error)),
      };
      calls.push(pending);
    });
  const client: SidecarClient = {
    list: (target, type) => call(`list ${type}`, target),
    operation: (target, id) => call(`operation ${id}`, target),
    cassandra: (target) => call('cassandra', target),
    version: (target) => call('version', target),
    submit: () => Promise.reject(new Error('a watcher never submits')),
  };
  const watcher = createSidecarWatcher({
    client,
    clock,
    random: () => 0,
    requeue: (key) => requeued.push(key),
    types: ['cleanup'],
    slots: new Slots(),
    settleMs: 0,
    ...options,
  });
  const nodes = new Map<string, Node>();
  return {
    clock,
    calls,
    asked,
    requeued,
    watcher,
    nodes,
    /** Waits for a key to hear these; UIDs that are not in `nodes` get a Pod of that name. */
    want(key: string, ...needs: Need[]): void {
      for (const { uid } of needs) if (!nodes.has(uid)) nodes.set(uid, pod(uid));
      watcher.want(key, needs, nodes);
    },
    /** A need of Pod `a` unless another is named; due now unless a delay is given. */
    need(what: Need['what'], change: Partial<Need> & { inMs?: number } = {}): Need {
      const { inMs = 0, ...rest } = change;
      return { uid: 'a', what, at: clock.now() + inMs, ...rest };
    },
    async advance(ms: number): Promise<void> {
      clock.advance(ms);
      await settle();
    },
  };
}
