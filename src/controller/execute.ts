// Every effect on a Sidecar: submissions are sent here, once, and what became of them is kept until a status holds it.
// A submission never leaves without its intent standing in the status, nor later than 5 s after it, nor without the lease.

import { restMs } from '../core/attempt.ts';
import { FRESH_MS, SEND_WINDOW_MS, WIPED_WAIT_MS } from '../core/limits.ts';
import type { Outcome, Resource, Submission } from '../core/model.ts';
import type { Slots } from '../runtime/slots.ts';
import type { Clock, Key, Leadership, SidecarClient, SubmitResult } from './ports.ts';

export interface SubmissionsOptions {
  client: SidecarClient;
  clock: Clock;
  leadership: Leadership;
  /** Of the submissions under way, by namespace and key; the rest wait, and leave only if their intent is still young. */
  slots: Slots;
  /** Called when outcomes are there to be recorded. */
  requeue: (key: Key) => void;
  /** Counts outcomes for metrics. */
  onOutcome: (result: Outcome['result']) => void;
}

/** How long outcomes of one batch wait for the slower ones of it, so that one write can hold them all. */
const BATCH_MS = 1_000;

/** A submission under way. Withdrawn = its object was deleted: what has not left yet does not leave any more. */
interface Flight {
  readonly intentId: string;
  readonly over: Promise<void>;
  isWithdrawn: boolean;
}

/** The submissions of this process: those in flight and those that no status holds yet. */
export class Submissions {
  readonly #options: SubmissionsOptions;
  readonly #inFlight = new Map<string, Flight>();
  readonly #settled = new Map<Key, Outcome[]>();
  /** Pods that a deleted object may just have sent something to: `namespace/name` -> until (monotonic). */
  readonly #guards = new Map<string, number>();
  /** When the last submission to a Pod (by UID) was over (monotonic). */
  readonly #settledAt = new Map<string, number>();
  readonly #abort = new AbortController();

  constructor(options: SubmissionsOptions) {
    this.#options = options;
  }

  /** Sends a batch that was decided at `decidedAt` (monotonic); returns at once. The key is re-queued when all have answered, or after a second, and for each later one. */
  submit(key: Key, batch: readonly Submission[], decidedAt: number): void {
    const { clock, requeue } = this.#options;
    let open = batch.length;
    let waited = false;
    const cancel = clock.after(BATCH_MS, () => {
      waited = true;
      if (this.#settled.has(key)) requeue(key);
    });
    for (const submission of batch) {
      const settled = this.#send(key, submission, decidedAt).then((outcome) => {
        this.#inFlight.delete(submission.node.uid);
        this.#settle(submission.node.uid);
        this.#keep(key, outcome);
        open -= 1;
        if (open === 0) cancel();
        if (open === 0 || waited) requeue(key);
      });
      this.#inFlight.set(submission.node.uid, { intentId: submission.intentId, isWithdrawn: false, over: settled });
    }
  }

  /** Outcomes that no status holds yet. Those of an earlier object of the same name come too: they are strays. */
  settled(key: Key): readonly Outcome[] {
    return this.#settled.get(key) ?? [];
  }

  /** Keys with outcomes that no status holds yet. */
  unrecorded(): Key[] {
    return [...this.#settled.keys()];
  }

  /** Forgets outcomes: a status holds them now. */
  recorded(key: Key, outcomes: readonly Outcome[]): void {
    const left = (this.#settled.get(key) ?? []).filter((outcome) => !outcomes.includes(outcome));
    if (left.length === 0) this.#settled.delete(key);
    else this.#settled.set(key, left);
  }

  /** UIDs of Pods with a submission under way. */
  podsInFlight(): ReadonlySet<string> {
    return new Set(this.#inFlight.keys());
  }

  /** When (wall clock) the last submission to a Pod was over; undefined once every answer from before it is too old anyway. */
  settledAt(podUid: string): number | undefined {
    const settled = this.#settledAt.get(podUid);
    if (settled === undefined) return undefined;
    const { clock } = this.#options;
    const age = clock.monotonic() - settled;
    return age <= FRESH_MS ? clock.now() - age : undefined;
  }

  /** An object is gone: its Pods with an open intent get nothing from anyone for 40 s, and where it waited out a loss, nothing
   *  until that wait is over (hard cases 18 and 21). */
  guard({ metadata, status }: Resource): void {
    const { clock } = this.#options;
    const now = clock.now();
    for (const run of status.nodes ?? []) {
      const flight = this.#inFlight.get(run.podUID ?? '');
      if (flight !== undefined && flight.intentId === run.intent?.id) flight.isWithdrawn = true;
      const rest = run.state === 'Submitting' ? WIPED_WAIT_MS : restMs(run, now);
      if (rest > 0) this.#guards.set(`${metadata.namespace}/${run.name}`, clock.monotonic() + rest);
    }
  }

  /** Whether anything may leave: another replica that led already when the intent was written has not seen it, perhaps. */
  mayBegin(): Promise<boolean> {
    return this.#options.leadership.confirm();
  }

  /** Names of the Pods of a namespace that are guarded now. */
  guardedPods(namespace: string): ReadonlySet<string> {
    const now = this.#options.clock.monotonic();
    const names = new Set<string>();
    for (const [pod, until] of this.#guards) {
      if (until <= now) this.#guards.delete(pod);
      else if (pod.startsWith(`${namespace}/`)) names.add(pod.slice(namespace.length + 1));
    }
    return names;
  }

  /** Ends: nothing new leaves; waits up to `graceMs` for answers, then resets what is still open (hard case 20). */
  async close(graceMs: number): Promise<void> {
    const all = Promise.allSettled([...this.#inFlight.values()].map(({ over }) => over));
    const { clock } = this.#options;
    await Promise.race([all, new Promise<void>((resolve) => clock.after(graceMs, resolve))]);
    this.#abort.abort();
    await all;
  }

  /** Notes that a submission is over, and forgets those that no answer can predate any more. */
  #settle(podUid: string): void {
    const { clock } = this.#options;
    const now = clock.monotonic();
    for (const [uid, at] of this.#settledAt) if (now - at > FRESH_MS) this.#settledAt.delete(uid);
    this.#settledAt.set(podUid, now);
  }

  #keep(key: Key, outcome: Outcome): void {
    this.#options.onOutcome(outcome.result);
    this.#settled.set(key, [...(this.#settled.get(key) ?? []), outcome]);
  }

  async #send(key: Key, { node, intentId, intentAt, body }: Submission, decidedAt: number): Promise<Outcome> {
    const { client, clock, leadership, slots } = this.#options;
    const id = { node: node.name, intentId };
    const { ip, port } = node;
    if (ip === undefined || port === undefined || node.refused !== undefined) {
      return { ...id, result: 'notSent', message: `Pod ${node.name} has no address that may be called` };
    }
    const mayLeave = () => {
      if (!leadership.isLeader()) return 'this process is no longer the leader';
      if (this.#inFlight.get(node.uid)?.isWithdrawn) return 'its object was deleted';
      const late = clock.now() - intentAt > SEND_WINDOW_MS || clock.monotonic() - decidedAt > SEND_WINDOW_MS;
      return late ? 'the intent is older than 5 s' : undefined;
    };
    const target = { uid: node.uid, ip, port };
    const answer = await slots.use([node.namespace, key], async (): Promise<SubmitResult> => {
      // What has waited for too long needs no connection to learn that.
      const message = mayLeave();
      if (message !== undefined) return { result: 'notSent', message };
      return client.submit(target, body, mayLeave, this.#abort.signal);
    });
    return { ...id, ...answer };
  }
}
