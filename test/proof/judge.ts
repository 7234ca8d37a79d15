// The ten invariants (docs/reliability.md, How it is tested), checked whenever something happens that could break one: a POST
// that arrives, a status that is written, a call that begins, a text that goes out. It knows the truth, which no operator does.
import { WIPED_WAIT_MS } from '../../src/core/limits.ts';
import type { Resource, Run } from '../../src/core/model.ts';
import { isFinished } from '../../src/core/queue.ts';
import { NOW } from '../support/builders.ts';
import type { ApiServer } from './api-server.ts';
import { CallsInFlight, type Lane, oversized } from './caps.ts';
import { DELAYED_MS, type Gate, type Passage } from './gate.ts';
import { type Cleanup, type Host, isFinal } from './host.ts';
import { isGivenUp, isSameSubject, sent, stuck } from './subjects.ts';
import { SECRET } from './texts.ts';
import type { Timeline } from './timeline.ts';
import { Wipes } from './wipes.ts';

/** Rule 21: nothing is submitted sooner than this after a loss. */
const LOSS_WAIT_MS = 60_000;
/** A list is at most 3 s old when an intent is written, and that at most 5 s when its request leaves. */
const LIST_AGE_MS = 8_000;
/** Effects of one process in ten seconds, at most: a handful of nodes needs fewer by far. */
const BUSIEST = 700;
const RANK = { PENDING: 0, RUNNING: 1, CANCELLED: 2, FAILED: 2, COMPLETED: 2 };

export interface JudgeOptions {
  timeline: Timeline;
  gate: Gate;
  api: ApiServer;
  /** Hosts that ever were, by Pod UID. */
  hosts: ReadonlyMap<string, Host>;
  /** Names of the processes that lead now, or believe that they do. */
  leaders: () => readonly string[];
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
  readonly wipes = new Wipes();
  readonly #options: JudgeOptions;
  readonly #calls = new CallsInFlight();
  /** When each object was deleted, by its UID, and who led then. */
  readonly #deletions = new Map<string, { at: number; leaders: readonly string[] }>();
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
    if (cleanup.cause === undefined) return;
    const active = host.listed.find((one) => one.cause !== undefined && !isFinal(one.document.state));
    if (active !== undefined && !this.#areStrangers(active, cleanup) && !this.#cameBetween(active, cleanup))
      this.broken(1, `${cleanup.id} on ${cleanup.host} while ${active.id} is listed as active`);
    this.#checkStrangers(host, cleanup);
    if (host.lost !== undefined) this.#checkLoss(host.lost, cleanup);
    const earlier = this.cleanups.filter((one) => one !== cleanup && isSameSubject(one, cleanup));
    for (const one of earlier) this.#checkEarlier(one, cleanup);
  }

  /** Somebody else's operation, that a list must have shown. */
  #checkStrangers({ listed }: Host, { id, host, cause }: Cleanup): void {
    const before = (cause?.sentAt ?? 0) - LIST_AGE_MS;
    const isForeign = (one: Cleanup) => one.cause === undefined && !isFinal(one.document.state);
    const active = listed.find((one) => isForeign(one) && one.createdAt < before);
    if (active !== undefined)
      this.broken(1, `${id} on ${host} while ${active.id} of somebody else is listed as active`);
  }

  #checkLoss({ at, cleanup: lost }: NonNullable<Host['lost']>, cleanup: Cleanup): void {
    const { timeline, skewMs } = this.#options;
    const since = timeline.now - at;
    if (since >= LOSS_WAIT_MS - skewMs || this.#ledOthers(lost, cleanup) || this.#wasNeverTold(lost)) return;
    if (this.#isGone(lost) || this.#isOneMore(cleanup) || this.#isUnknownOneMore(lost)) return;
    this.broken(1, `${cleanup.id} on ${cleanup.host} ${Math.round(since)} ms after its Sidecar lost ${lost.id}`);
  }

  /** Its object was deleted before a status told of the loss: nobody can know of it. */
  #wasNeverTold({ cause, host }: Cleanup): boolean {
    const object = this.#options.api.deleted.get(cause?.resourceUid ?? '');
    const run = object?.status.nodes?.find(({ name }) => name === host);
    return object !== undefined && run?.state !== 'Pending';
  }

  /** What a deleted object had begun is known to the process that began it, and to those that led when it was deleted, and
   *  to no other: so says the claim (hard case 18). */
  #isForgotten(one: Cleanup, later: Cleanup): boolean {
    return this.#ledOthers(one, later) && one.cause?.process !== later.cause?.process;
  }

  /** Its object was deleted while other processes led: only those can know what became of it, as of its loss. */
  #ledOthers({ cause }: Cleanup, later: Cleanup): boolean {
    const leaders = this.#deletions.get(cause?.resourceUid ?? '')?.leaders;
    return leaders !== undefined && !leaders.includes(later.cause?.process ?? '');
  }

  /** Whoever sent the one could not know of the other. */
  #areStrangers(one: Cleanup, other: Cleanup): boolean {
    return this.#isForgotten(one, other) || this.#isForgotten(other, one);
  }

  /** What a status said of it was removed, and no process could write it back (hard case 19). */
  #isGone(cleanup: Cleanup): boolean {
    return this.wipes.isGone(sent(cleanup));
  }

  /** Nothing held the one back for the other any more, and that was sent before it could be seen in a list. */
  #cameBetween(active: Cleanup, cleanup: Cleanup): boolean {
    const sentAt = cleanup.cause?.sentAt ?? 0;
    const wasHeld = (one: Cleanup) => this.#isOneMore(one) || this.wipes.isUnguarded(sent(one), one.createdAt);
    return wasHeld(cleanup) || (wasHeld(active) && active.createdAt > sentAt - LIST_AGE_MS - this.#options.skewMs);
  }

  #isUnknownOneMore(cleanup: Cleanup): boolean {
    return this.#isOneMore(cleanup) && !this.named.has(cleanup.id);
  }

  #checkEarlier(earlier: Cleanup, cleanup: Cleanup): void {
    if (this.#isGone(earlier) || this.#isGone(cleanup)) return;
    if (earlier.cause?.attempt === cleanup.cause?.attempt) {
      this.broken(2, `attempt ${cleanup.cause?.attempt} on ${cleanup.host} was delivered twice`);
    }
    if (this.#isOneMore(cleanup) || this.#isUnknownOneMore(earlier)) return;
    if (earlier.listed && earlier.document.state === 'COMPLETED') {
      this.broken(2, `${cleanup.host} is cleaned again although ${earlier.id} completed and is still listed`);
    }
  }

  /** An operator's process wrote a status. */
  written(before: Resource, after: Resource, writer: string): void {
    for (const complaint of oversized(after.status)) this.broken(8, complaint);
    for (const complaint of this.wipes.written(after, writer)) this.broken(2, complaint);
    this.said(JSON.stringify(after.status));
    for (const { operation } of after.status.nodes ?? []) this.named.add(operation?.id ?? '');
    this.#checkChange(before, after);
  }

  /** Somebody removed entries of a status. */
  wiped(before: Resource, after: Resource): void {
    const { timeline, skewMs } = this.#options;
    const age = NOW + timeline.now - Date.parse(before.metadata.creationTimestamp);
    this.wipes.removed(before, after, timeline.now, age - skewMs);
  }

  /** An object was deleted. */
  deleted(uid: string): void {
    const { timeline, leaders } = this.#options;
    this.#deletions.set(uid, { at: timeline.now, leaders: leaders() });
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
  called(process: string, podUid: string, lane: Lane, change: 1 | -1): void {
    const complaint = this.#calls.changed(process, podUid, lane, change);
    if (complaint !== undefined) this.broken(8, complaint);
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
      for (const complaint of oversized(resource.status)) this.broken(8, complaint);
    }
  }

  /** An operation that its Sidecar forgot may never be known; one of a deleted object, or of an intent that somebody removed,
   *  has no status to be in; of two of which one is "one more" one is adopted; after an hour of silence the status says so. */
  #isUnnamed(cleanup: Cleanup): boolean {
    const { id, cause, listed, podUid } = cleanup;
    if (cause === undefined || !listed || this.named.has(id) || this.#isOneMore(cleanup)) return false;
    if (this.#options.api.deleted.has(cause.resourceUid)) return false;
    if (this.wipes.intent(cause.intentId, podUid) !== undefined || isGivenUp(cleanup, this.#options.api)) return false;
    return !this.cleanups.some((one) => isSameSubject(one, cleanup) && this.#isOneMore(one) && this.named.has(one.id));
  }

  /** The permitted outcome "one more": a request was held for longer than every wait there is; after its object was deleted
   *  that is the tombstone's (hard case 18). */
  #isOneMore({ cause, createdAt }: Cleanup): boolean {
    const deletedAt = this.#deletions.get(cause?.resourceUid ?? '')?.at ?? Number.POSITIVE_INFINITY;
    return cause !== undefined && (createdAt - cause.sentAt > DELAYED_MS - 1 || createdAt - deletedAt >= WIPED_WAIT_MS);
  }
}
