// One reconcile, in its order: observe -> plan -> write the intent -> execute; what came back is written by the next one,
// which its own outcome starts. Nothing that matters is kept here: what is kept only saves writes and notices a wiped status.
import { changeOf, lookPauseMs, patienceMs } from '../core/change.ts';
import { restored } from '../core/entries.ts';
import { eventsBetween } from '../core/events.ts';
import type { Node, Observation, OperationKind, Plan, Resource, RunStatus, Settings } from '../core/model.ts';
import { plan } from '../core/plan.ts';
import { isFinished } from '../core/queue.ts';
import { record } from '../core/record.ts';
import { earliest } from '../core/time.ts';
import type { Admission } from '../runtime/admission.ts';
import type { Result } from '../runtime/controller.ts';
import { ApiError } from './errors.ts';
import type { Submissions } from './execute.ts';
import { type Memory, overtakenPauseMs } from './memory.ts';
import type { Neighbours } from './neighbours.ts';
import { News } from './news.ts';
import { Observer } from './observe.ts';
import type { Clock, EventSink, Key, Log, NodeDirectory, Resources, SidecarWatcher } from './ports.ts';
import { Turns } from './turns.ts';

export interface ReconcilerOptions {
  resources: Resources;
  nodes: NodeDirectory;
  watcher: SidecarWatcher;
  submissions: Submissions;
  neighbours: Neighbours;
  /** Of runs that gather what a start asks for. */
  admission: Admission;
  events: EventSink;
  clock: Clock;
  log: Log;
  settings: Settings;
  /** A fresh random text of at most 36 characters, for each reconcile. */
  newId: () => string;
  kindOf: (plural: string) => OperationKind;
}

/** Reconciles resources of every registered kind. */
export class Reconciler {
  readonly #options: ReconcilerOptions;
  readonly #observer: Observer;
  readonly #lastWritten = new Map<string, RunStatus>();
  readonly #memory = new Map<Key, Memory>();
  readonly #stale = new Set<Key>();
  readonly #turns = new Turns();
  readonly #news: News;

  constructor(options: ReconcilerOptions) {
    this.#options = options;
    this.#news = new News(options);
    this.#observer = new Observer({ ...options, lastWritten: this.#lastWritten });
  }

  /** One reconcile. Throws `ApiError` where it should be tried again after a backoff. */
  reconcile(key: Key): Promise<Result> {
    const id = this.#options.newId();
    return this.#news.tellFailure(key, id, () => this.#reconcile(key, id));
  }

  async #reconcile(key: Key, id: string): Promise<Result> {
    if (this.#stale.delete(key)) await this.#options.resources.refresh(key);
    const observation = await this.#observer.observe(key, id, []);
    if (observation === undefined) return this.#forget(key);
    const decided = this.#plan(observation);
    if (decided.wantsLive.length === 0) return this.#carryOut(key, observation, decided);
    // Two runs of a cluster must not start together: what shares Pods decides and writes its intents one after another.
    const pods = podsOf(observation);
    return this.#turns.take(pods, () => this.#withLivePods(key, id, decided.wantsLive, new Set(pods)));
  }

  /** An object is gone (or another one has its name): what it had begun is guarded for a while. */
  deleted(resource: Resource): void {
    this.#options.submissions.guard(resource);
    this.#lastWritten.delete(resource.metadata.uid);
  }

  /** This process leads no more: nothing is asked of any Sidecar, and nothing is remembered. */
  standDown(): void {
    for (const key of this.#memory.keys()) this.#quieten(key);
    this.#memory.clear();
    this.#stale.clear();
  }

  /** On the way out: writes what came back from submissions, and nothing else. Never throws: what fails is recovered later. */
  async flush(): Promise<void> {
    const keys = this.#options.submissions.unrecorded();
    const write = (key: Key) => this.#flushOne(key).catch((error) => this.#news.unrecorded(key, error));
    await Promise.all(keys.map(write));
  }

  async #flushOne(key: Key): Promise<void> {
    const { resources, settings, submissions, clock } = this.#options;
    const resource = resources.get(key);
    if (resource === undefined) return;
    const now = clock.now();
    const lastWritten = this.#lastWritten.get(resource.metadata.uid);
    const status = restored({ resource, now, ...(lastWritten === undefined ? {} : { lastWritten }) });
    const judgement = { now, backoffLimit: resource.spec.backoffLimitPerNode };
    const rejectedAfterMs = settings.unreachableAfterMs;
    const { runs } = record(status.nodes ?? [], submissions.settled(key), { ...judgement, rejectedAfterMs });
    await resources.writeStatus(resource, { ...status, nodes: runs });
  }

  /** Decides again with the named Pods as the API server has them now, and carries it out; anew if others have come, whose turn it is not. */
  async #withLivePods(key: Key, id: string, names: readonly string[], pods: ReadonlySet<string>): Promise<Result> {
    const observation = await this.#observer.observe(key, id, names);
    if (observation === undefined) return this.#forget(key);
    if (!podsOf(observation).every((pod) => pods.has(pod))) return { recheckAt: observation.now + 1_000 };
    const decided = this.#plan(observation);
    const result = await this.#carryOut(key, observation, decided);
    return decided.wantsLive.length === 0 ? result : { ...result, recheckAt: observation.now + 50 };
  }

  #plan(observation: Observation): Plan {
    return plan(observation, this.#options.kindOf(observation.resource.plural));
  }

  /** Carries a plan out; what a start asks for is asked only while the run is let in, which ends with its intents. */
  async #carryOut(key: Key, observation: Observation, decided: Plan): Promise<Result> {
    const { admission } = this.#options;
    const { gathering, lasting, wantsLive } = decided;
    // Lists come first; what is asked next is the state of the whole cluster.
    const isIn = gathering === 0 || admission.admits(key, gathering + observation.cluster.length);
    const result = await this.#realize(key, observation, isIn ? decided : { ...decided, needs: lasting });
    if (gathering === 0 && wantsLive.length === 0) admission.leave(key);
    if (isFinished({ ...observation.resource, status: decided.status })) this.#forgetIdle(key);
    return { ...result, pauseMs: lookPauseMs(observation.cluster.length) };
  }

  /** There may be ten thousand finished runs: of one that is written as it should be there is nothing to remember. */
  #forgetIdle(key: Key): void {
    const { waitingSince, overtaken } = this.#memory.get(key) ?? {};
    if (waitingSince === undefined && overtaken === 0) this.#memory.delete(key);
  }

  async #realize(key: Key, observation: Observation, decided: Plan): Promise<Result> {
    const { resource } = observation;
    const decidedAt = this.#options.clock.monotonic();
    if (decided.expired) return this.#expire(key, observation);
    this.#options.watcher.want(key, decided.needs, byUid(observation));
    const memory = this.#remember(key);
    const due = this.#dueAt(resource, decided, observation.now, memory);
    if (due === undefined) this.#settle(key, decided);
    if (due !== undefined && due > observation.now) return { recheckAt: earliest(due, decided.recheckAt) };
    if (due !== undefined && !(await this.#write(key, observation, decided))) {
      return { recheckAt: observation.now + overtakenPauseMs(memory.overtaken) };
    }
    this.#news.warn(observation, decided, memory.warned);
    return this.#submit(key, observation, decided, decidedAt);
  }

  async #submit(key: Key, { resource, now }: Observation, decided: Plan, decidedAt: number): Promise<Result> {
    const { neighbours, submissions } = this.#options;
    // The object may have been deleted while its intent was being written: then nothing is sent for it.
    const stands = this.#options.resources.get(key)?.metadata.uid === resource.metadata.uid;
    if (!stands || decided.submissions.length === 0) return { recheckAt: decided.recheckAt };
    // An intent that nothing follows is recovered as one of another process is.
    const begins = !neighbours.haveBegun(resource) && (await submissions.mayBegin());
    if (begins) submissions.submit(key, decided.submissions, decidedAt);
    return { recheckAt: begins ? decided.recheckAt : now };
  }

  /** When the status must be written: undefined = not at all. */
  #dueAt(resource: Resource, decided: Plan, now: number, memory: Memory): number | undefined {
    const change = changeOf(resource.status, decided.status);
    if (change === 'none') {
      delete memory.waitingSince;
      return undefined;
    }
    if (change === 'now') return now;
    memory.waitingSince ??= now;
    const from = change === 'progress' ? memory.writtenAt : memory.waitingSince;
    return from + patienceMs(change, decided.status.nodes?.length ?? 0);
  }

  /** Writes the status, conditional on what was observed; false = someone else wrote first, and nothing was done. */
  async #write(key: Key, observation: Observation, decided: Plan): Promise<boolean> {
    const { resources, clock } = this.#options;
    const { resource } = observation;
    try {
      const stored = await resources.writeStatus(resource, decided.status);
      if (isFinished(stored)) this.#lastWritten.delete(resource.metadata.uid);
      else this.#lastWritten.set(resource.metadata.uid, decided.status);
    } catch (error) {
      this.#stale.add(key);
      if (!(error instanceof ApiError && (error.kind === 'conflict' || error.kind === 'gone'))) throw error;
      this.#remember(key).overtaken += 1;
      return false;
    }
    const memory = this.#remember(key);
    memory.overtaken = 0;
    memory.writtenAt = clock.now();
    delete memory.waitingSince;
    this.#settle(key, decided);
    this.#news.tell(observation, eventsBetween(resource.status, decided.status));
    return true;
  }

  #settle(key: Key, decided: Plan): void {
    if (decided.recorded.length > 0) this.#options.submissions.recorded(key, decided.recorded);
  }

  async #expire(key: Key, observation: Observation): Promise<Result> {
    try {
      await this.#options.resources.delete(observation.resource);
    } catch (error) {
      if (error instanceof ApiError && error.kind === 'gone') return {};
      this.#stale.add(key);
      throw error;
    }
    this.#news.note(observation, 'deleted: ttlSecondsAfterFinished is over');
    return {};
  }

  #remember(key: Key): Memory {
    const memory = this.#memory.get(key) ?? { writtenAt: 0, overtaken: 0, warned: new Set() };
    this.#memory.set(key, memory);
    return memory;
  }

  #forget(key: Key): Result {
    this.#memory.delete(key);
    const { submissions } = this.#options;
    submissions.recorded(key, submissions.settled(key));
    this.#quieten(key);
    return {};
  }

  #quieten(key: Key): void {
    const { watcher, admission } = this.#options;
    watcher.want(key, [], new Map());
    admission.leave(key);
  }
}

function podsOf({ resource, cluster }: Observation): string[] {
  return cluster.map(({ name }) => `${resource.metadata.namespace}/${name}`);
}

function byUid({ cluster }: Observation): ReadonlyMap<string, Node> {
  return new Map(cluster.map((node) => [node.uid, node]));
}
