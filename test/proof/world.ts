// A whole world in virtual time: one API server, Pods with Cassandra and Sidecar, and operator processes that run the real code.
// What happens in it is decided by a scenario or by the dice; a Judge watches.
import type { SidecarTarget } from '../../src/controller/ports.ts';
import type { Node, Run, Submission } from '../../src/core/model.ts';
import { isFinished } from '../../src/core/queue.ts';
import { ApiServer } from './api-server.ts';
import { Dice } from './dice.ts';
import { type Fault, Gate, type Passage } from './gate.ts';
import { type Cause, type Fate, Host, idsFrom } from './host.ts';
import { Judge } from './judge.ts';
import { Operator, type Sabotage } from './operator.ts';
import { Process } from './process.ts';
import { SECRET } from './texts.ts';
import { Timeline } from './timeline.ts';

export interface WorldOptions {
  seed?: number;
  faultOf?: (passage: Passage) => Fault | undefined;
  fate?: (host: Host) => Fate;
  victim?: 'first' | 'second';
  tornMs?: number;
  skewMs?: number;
  sabotage?: Sabotage;
  /** Milliseconds of one exchange, and until a change is noticed; fixed unless said otherwise. */
  apiMs?: () => number;
  sidecarMs?: () => number;
  connectMs?: () => number;
  noticeMs?: () => number;
}

/** One world. */
export class World {
  readonly timeline = new Timeline();
  readonly gate = new Gate(this.timeline);
  readonly api = new ApiServer();
  /** Hosts that ever were, by Pod UID. */
  readonly hosts = new Map<string, Host>();
  readonly operators: Operator[] = [];
  readonly judge: Judge;
  readonly dice: Dice;
  /** Whether everything that a scenario had in store has happened. */
  scripted = () => true;
  readonly #options: WorldOptions;
  readonly #addresses = new Map<string, Host>();
  /** Ids of the intents for which a body is sent, by Pod UID. */
  readonly #intents = new WeakMap<object, Map<string, string>>();
  readonly #newId = idsFrom(1_000);
  readonly #newOperationId = idsFrom(1);

  constructor(options: WorldOptions = {}) {
    this.#options = options;
    this.dice = new Dice(options.seed ?? 1);
    const { timeline, gate, api, hosts } = this;
    const leaders = () => this.operators.filter((one) => one.isLeader()).map(({ process }) => process.name);
    this.judge = new Judge({ timeline, gate, api, hosts, leaders, skewMs: options.skewMs ?? 0 });
    this.api.onStatus = (before, after, writer) => this.judge.written(before, after, writer);
    this.api.onWipe = (before, after) => this.judge.wiped(before, after);
    this.api.onDelete = (uid) => this.judge.deleted(uid);
    this.api.onLease = (lease) => this.judge.said(JSON.stringify(lease));
    this.gate.faultOf = (passage) => {
      this.judge.passed(passage);
      return options.faultOf?.(passage);
    };
  }

  /** A Pod, with Cassandra and Sidecar. */
  addHost(plain: Node): Host {
    const node = { ...plain, labels: { ...plain.labels, note: SECRET } };
    const { fate = () => ({ durationMs: 4_000 }), victim = 'second', tornMs = 300 } = this.#options;
    const host = new Host({
      ...{ timeline: this.timeline, node, fate, victim, tornMs, newOperationId: this.#newOperationId },
      onPost: (one, cleanup) => this.judge.posted(one, cleanup),
    });
    this.hosts.set(node.uid, host);
    this.#addresses.set(node.ip ?? '', host);
    this.api.putPod(host.node);
    return host;
  }

  /** The host of a Pod by its name, as it is now. */
  host(name: string): Host {
    const host = this.hosts.get(this.api.pods.get(name)?.uid ?? '');
    if (host === undefined) throw new Error(`no Pod ${name}`);
    return host;
  }

  /** A process is started; `identity` is what it puts into the lease. */
  startOperator(name: string, identity = name, wallOffset = 0): Operator {
    const { gate, api, judge } = this;
    const { apiMs = () => 4, sidecarMs = () => 4, connectMs = () => 2, noticeMs = () => 15 } = this.#options;
    const process = new Process(name, this.timeline, wallOffset);
    const operator = new Operator({
      link: {
        ...{ api, gate, process, latencyMs: apiMs, noticeMs },
        onStored: (stored) => judge.wipes.stored(stored, name),
      },
      client: {
        hostAt: (ip) => this.#addresses.get(ip),
        ...{ latencyMs: sidecarMs, connectMs },
        causeOf: (target, body, from) => this.#causeOf(target, body, from),
        onCall: ({ uid }, lane, change) => judge.called(name, uid, lane, change),
      },
      identity,
      newId: this.#newId,
      random: new Dice(this.dice.between(1, 1_000_000)).next,
      sabotage: this.#options.sabotage ?? {},
      onSubmit: (batch) => this.#noteSubmissions(batch),
      onTrouble: (what) => judge.broken(0, what),
      onText: (text) => judge.said(text),
    });
    this.operators.push(operator);
    void operator.start();
    return operator;
  }

  /** Runs until every resource is final and the script is over, or until `limitMs`, or until an invariant is broken. */
  async run(limitMs: number, afterMs: number): Promise<void> {
    const { timeline, judge, api } = this;
    const isOver = () => this.scripted() && [...api.resources.values()].every(isFinished);
    await this.#guarded(() => timeline.run(() => judge.violations.length > 0 || isOver(), limitMs));
    const end = timeline.now + afterMs;
    await this.#guarded(() => timeline.run(() => judge.violations.length > 0 || timeline.now > end, end));
    if (judge.violations.length === 0) judge.finish();
    for (const { process } of this.operators) process.crash();
  }

  /** Lets so much time pass, and everything that happens in it. */
  async pass(ms: number): Promise<void> {
    const end = this.timeline.now + ms;
    await this.#guarded(() => this.timeline.run(() => this.judge.violations.length > 0, end));
    if (this.judge.violations.length === 0) this.timeline.now = end;
  }

  async #guarded(work: () => Promise<unknown>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.judge.broken(9, String(error));
    }
  }

  #noteSubmissions(batch: readonly Submission[]): void {
    for (const { body, node, intentId } of batch) {
      const byPod = this.#intents.get(body) ?? new Map<string, string>();
      this.#intents.set(body, byPod.set(node.uid, intentId));
    }
  }

  /** Why a POST leaves now: its intent must stand in a status, or have stood there until its object was deleted or wiped. */
  #causeOf({ uid, ip }: SidecarTarget, body: object, process: string): Cause {
    const { judge, timeline } = this;
    const intentId = this.#intents.get(body)?.get(uid);
    if (intentId === undefined) throw new Error('a POST without a submission');
    const owner = this.#addresses.get(ip);
    if (owner !== undefined && owner.node.uid !== uid) judge.broken(6, `a POST for ${uid} goes to ${owner.node.uid}`);
    const found = this.#standing(intentId, uid);
    if (found === undefined) judge.broken(2, `a POST to ${uid} leaves without its intent in a status`);
    const { resourceUid = '', run } = found ?? {};
    return { resourceUid, intentId, attempt: run?.attempts ?? 0, process, sentAt: timeline.now };
  }

  #standing(intentId: string, podUid: string): { resourceUid: string; run: Run } | undefined {
    const { judge, api } = this;
    for (const { metadata, status } of [...api.resources.values(), ...api.deleted.values()]) {
      const run = status.nodes?.find(({ intent, podUID }) => intent?.id === intentId && podUID === podUid);
      if (run !== undefined) return { resourceUid: metadata.uid, run };
    }
    return judge.wipes.intent(intentId, podUid);
  }
}
