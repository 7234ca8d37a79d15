// The ten invariants of reliability.md, checked whenever something happens that could break one: a POST that arrives, a status
// that is written, a call that begins, a text that goes out. It knows the truth, which no operator does.
import type { Resource, Run } from '../../src/core/model.ts';
import { isFinished } from '../../src/core/queue.ts';
import { complaintsAbout } from '../support/crd-schema.ts';
import type { ApiServer } from './api-server.ts';
import type { Gate, Passage } from './gate.ts';
import { type Cleanup, type Host, isFinal } from './host.ts';
import type { Timeline } from './timeline.ts';

/** Planted in every Pod's labels; must never come out. */
export const SECRET = 'hunter2-planted-secret';
/** Rule 21: nothing is submitted sooner than this after a loss. */
const LOSS_WAIT_MS = 60_000;
/** Effects of one process in ten seconds, at most: a handful of nodes needs fewer by far. */
const BUSIEST = 700;
const RANK = { PENDING: 0, RUNNING: 1, CANCELLED: 2, FAILED: 2, COMPLETED: 2 };

export interface JudgeOptions {
  timeline: Timeline;
  gate: Gate;
  api: ApiServer;
  /** Hosts that ever were, by Pod UID. */
  hosts: ReadonlyMap<string, Host>;
  /** Milliseconds by which clocks of operators may differ. */
  skewMs: number;
}

/** One broken invariant. */
export interface Violation {
  invariant: number;
  what: string;
  at: number;
  step: number;
}

/** Watches over one world. */
export class Judge {
  readonly violations: Violation[] = [];
  readonly cleanups: Cleanup[] = [];
  /** Ids that any status ever named. */
  readonly named = new Set<string>();
  /** UIDs of objects whose status somebody wiped or edited: what that destroyed nobody can know. */
  readonly vandalized = new Set<string>();
  readonly #options: JudgeOptions;
  readonly #inFlight = new Map<string, number>();
  readonly #windows = new Map<string, { since: number; count: number }>();

  constructor(options: JudgeOptions) {
    this.#options = options;
  }

  broken(invariant: number, what: string): void {
    const { timeline, gate } = this.#options;
    this.violations.push({ invariant, what, at: timeline.now, step: gate.passages.length - 1 });
  }

  /** A POST is about to be carried out. */
  posted(host: Host, cleanup: Cleanup): void {
    this.cleanups.push(cleanup);
    const { cause } = cleanup;
    if (cause === undefined || this.#mayBeOneMore(cleanup)) return;
    const active = host.listed.find((one) => one.cause !== undefined && !isFinal(one.document.state));
    if (active !== undefined && !this.#isForgotten(active, cleanup))
      this.broken(1, `${cleanup.id} on ${cleanup.host} while ${active.id} is listed as active`);
    if (host.lost !== undefined) this.#checkLoss(host.lost, cleanup);
    const earlier = this.cleanups.filter((one) => one !== cleanup && isSameSubject(one, cleanup));
    for (const one of earlier) this.#checkEarlier(one, cleanup);
  }

  #checkLoss({ at, cleanup: lost }: NonNullable<Host['lost']>, cleanup: Cleanup): void {
    const { timeline, skewMs } = this.#options;
    const since = timeline.now - at;
    const wiped = this.vandalized.has(lost.cause?.resourceUid ?? '');
    if (since >= LOSS_WAIT_MS - skewMs || wiped || this.#isForgotten(lost, cleanup) || this.#wasNeverTold(lost)) return;
    this.broken(1, `${cleanup.id} on ${cleanup.host} ${Math.round(since)} ms after its Sidecar lost ${lost.id}`);
  }

  /** Its object was deleted before a status told of the loss: nobody can know of it. */
  #wasNeverTold({ cause, host }: Cleanup): boolean {
    const object = this.#options.api.deleted.get(cause?.resourceUid ?? '');
    const run = object?.status.nodes?.find(({ name }) => name === host);
    return object !== undefined && run?.state !== 'Pending';
  }

  /** What a deleted object had begun is known to the process that began it, and to no other: so says the claim. */
  #isForgotten({ cause }: Cleanup, later: Cleanup): boolean {
    return this.#options.api.deleted.has(cause?.resourceUid ?? '') && cause?.process !== later.cause?.process;
  }

  #checkEarlier(earlier: Cleanup, cleanup: Cleanup): void {
    if (cleanup.cause?.attempt === -1 || this.vandalized.has(cleanup.cause?.resourceUid ?? '')) return;
    if (earlier.cause?.attempt === cleanup.cause?.attempt) {
      this.broken(2, `attempt ${cleanup.cause?.attempt} on ${cleanup.host} was delivered twice`);
    }
    if (earlier.listed && earlier.document.state === 'COMPLETED') {
      this.broken(2, `${cleanup.host} is cleaned again although ${earlier.id} completed and is still listed`);
    }
  }

  /** The operator's process wrote a status. */
  written(before: Resource, after: Resource): void {
    const text = JSON.stringify(after.status);
    if (text.length > 1_000_000) this.broken(8, `a status of ${text.length} bytes`);
    this.said(text);
    for (const { operation } of after.status.nodes ?? []) this.named.add(operation?.id ?? '');
    if (!this.vandalized.has(after.metadata.uid)) this.#checkChange(before, after);
  }

  #checkChange(before: Resource, after: Resource): void {
    if (isFinished(before) && !isFinished(after)) this.broken(4, `${after.metadata.name} left its final state`);
    const known = new Map((before.status.nodes ?? []).map((run) => [run.name, run]));
    for (const run of after.status.nodes ?? []) {
      const previous = known.get(run.name);
      if (previous !== run) this.#checkEntry(previous, run);
    }
  }

  #checkEntry(before: Run | undefined, run: Run): void {
    if (before !== undefined) this.#checkMove(before, run);
    const { operation } = run;
    const times = [operation?.creationTime, operation?.startTime, operation?.completionTime].filter(Boolean);
    if (times.join() !== [...times].sort().join()) this.broken(5, `${run.name}: times out of order ${times.join(' ')}`);
    if (run.state !== 'Completed' || before?.state === 'Completed') return;
    const host = this.#options.hosts.get(run.podUID ?? '');
    const truth = host?.cleanups.find((cleanup) => cleanup.id === operation?.id);
    if (truth?.document.state !== 'COMPLETED')
      this.broken(7, `${run.name} is called Completed; the truth is ${truth?.document.state}`);
  }

  #checkMove(before: Run, run: Run): void {
    if ((before.state === 'Completed' || before.state === 'Failed') && run.state !== before.state) {
      this.broken(4, `${run.name} went from ${before.state} to ${run.state}`);
    }
    const [a, b] = [before.operation, run.operation];
    if (a === undefined || b === undefined || a.id !== b.id) return;
    if (RANK[b.state] < RANK[a.state]) this.broken(5, `${run.name}: operation went from ${a.state} to ${b.state}`);
    if ((b.progress ?? 0) < (a.progress ?? 0)) this.broken(5, `${run.name}: progress fell`);
  }

  /** Something left the operator for a person to read. */
  said(text: string): void {
    if (text.includes(SECRET)) this.broken(10, `the secret is in: ${text.slice(0, 200)}`);
  }

  /** A call to a Sidecar begins or ends. */
  called(process: string, podUid: string, change: 1 | -1): void {
    const key = `${process} -> ${podUid}`;
    const now = (this.#inFlight.get(key) ?? 0) + change;
    this.#inFlight.set(key, now);
    if (now > 2) this.broken(8, `${now} reads at once: ${key}`);
  }

  /** Something passed the gate. */
  passed({ process, at }: Passage): void {
    const window = this.#windows.get(process);
    if (window === undefined || at - window.since > 10_000) this.#windows.set(process, { since: at, count: 1 });
    else if (++window.count === BUSIEST) this.broken(9, `${process}: ${BUSIEST} effects in ${at - window.since} ms`);
  }

  /** Everything is over: nothing is lost, every status is one that an API server takes. */
  finish(): void {
    const { api } = this.#options;
    for (const cleanup of this.cleanups)
      if (this.#isUnnamed(cleanup)) this.broken(3, `no status ever named ${cleanup.id} on ${cleanup.host}`);
    for (const resource of api.resources.values()) {
      if (!isFinished(resource)) this.broken(4, `${resource.metadata.name} is stuck: ${stuck(resource)}`);
      for (const complaint of complaintsAbout(resource.status)) this.broken(8, complaint);
    }
  }

  /** An operation that its Sidecar forgot may never be known; one of a deleted object has no status to be in. */
  #isUnnamed(cleanup: Cleanup): boolean {
    const { id, cause, listed } = cleanup;
    if (!cause?.resourceUid || !listed || this.named.has(id)) return false;
    if (this.vandalized.has(cause.resourceUid)) return false;
    return !this.#options.api.deleted.has(cause.resourceUid) && !this.#mayBeOneMore(cleanup);
  }

  /** The permitted outcome "one more": a network held a request for longer than every wait. */
  #mayBeOneMore({ podUid }: Cleanup): boolean {
    return this.#options.gate.passages.some(
      ({ kind, what, fault }) => kind === 'POST' && what === podUid && fault === 'delayed',
    );
  }
}

function isSameSubject(a: Cleanup, b: Cleanup): boolean {
  return a.podUid === b.podUid && a.cause?.resourceUid === b.cause?.resourceUid;
}

function stuck({ status }: Resource): string {
  const runs = (status.nodes ?? []).map(({ name, state, reason }) => `${name} ${state} ${reason ?? ''}`);
  return `${status.state}; ${runs.join(', ')}`;
}
