// One Cassandra node of a world with its Sidecar, exactly as far as docs/sidecar.md goes: a POST is carried out whoever waits for
// it, operations are forgotten on a restart while Cassandra cleans on, documents are written field by field, and a second
// cleanup of a table does harm.
import { SidecarFault } from '../../src/controller/errors.ts';
import type { CassandraState, Node, Operation } from '../../src/core/model.ts';
import { id, NOW } from '../support/builders.ts';
import { FOREIGN } from './texts.ts';
import type { Timeline } from './timeline.ts';

/** Why a POST was made, as far as the operator that made it knew. */
export interface Cause {
  resourceUid: string;
  intentId: string;
  attempt: number;
  /** The process that made it. */
  process: string;
  sentAt: number;
}

/** How a cleanup will go. */
export interface Fate {
  durationMs: number;
  /** The text of its failure, if it fails. */
  failure?: string;
}

/** A cleanup that was really started. */
export interface Cleanup {
  id: string;
  host: string;
  podUid: string;
  cause: Cause | undefined;
  body: Readonly<Record<string, unknown>>;
  createdAt: number;
  /** What the Sidecar says of it. */
  document: Operation;
  /** Cassandra works on it. */
  working: boolean;
  /** The Sidecar still knows it. */
  listed: boolean;
  /** It was interrupted or refused because of another one. */
  harmed: boolean;
  endsEarly: (() => void) | undefined;
}

export interface HostOptions {
  timeline: Timeline;
  node: Node;
  newOperationId: () => string;
  /** How the next cleanup of this host will go. */
  fate: (host: Host) => Fate;
  /** `second` = 5.0: the second is refused; `first` = 4.1: the first is interrupted. */
  victim: 'first' | 'second';
  /** How long a document takes to be whole. */
  tornMs: number;
  onPost: (host: Host, cleanup: Cleanup) => void;
}

/** A Pod's Cassandra and Sidecar. */
export class Host {
  readonly options: HostOptions;
  node: Node;
  cassandra: CassandraState | 'silent' = 'NORMAL';
  version = '4.1.10';
  /** The Sidecar answers connections. */
  up = true;
  #frozenUntil = 0;
  /** Everything that ever ran here. */
  readonly cleanups: Cleanup[] = [];
  /** What the Sidecar last forgot while it ran, and when. */
  lost: { at: number; cleanup: Cleanup } | undefined;
  restarts = 0;

  constructor(options: HostOptions) {
    this.options = options;
    this.node = options.node;
  }

  get listed(): Cleanup[] {
    return this.cleanups.filter((cleanup) => cleanup.listed);
  }

  /** `GET /operations`: last inserted first. */
  list(): Operation[] {
    this.#mustBeUp();
    return [...this.listed.map(({ document }) => document).reverse(), FOREIGN];
  }

  operation(wanted: string): Operation | null {
    this.#mustBeUp();
    return this.listed.find((cleanup) => cleanup.id === wanted)?.document ?? null;
  }

  status(): CassandraState {
    this.#mustBeUp();
    if (this.cassandra === 'silent') throw new SidecarFault('unreachable', 'no answer within 10 s');
    return this.cassandra;
  }

  /** `POST /operations`, carried out; how it will go is decided by the dice unless it is given. */
  post(body: Readonly<Record<string, unknown>>, cause: Cause | undefined, fate?: Fate): Operation {
    this.#mustBeUp();
    const { timeline, newOperationId, onPost, node } = this.options;
    const { type, ...echo } = body;
    const document: Operation = { id: newOperationId(), type: String(type), state: 'PENDING', progress: 0, ...echo };
    const cleanup: Cleanup = {
      ...{ id: document.id, host: node.name, podUid: this.node.uid, cause, body, createdAt: timeline.now },
      ...{ document: { ...document, creationTime: this.#time() }, working: false, listed: true, harmed: false },
      endsEarly: undefined,
    };
    onPost(this, cleanup);
    this.cleanups.push(cleanup);
    timeline.after(50, () => this.#begin(cleanup, fate));
    return cleanup.document;
  }

  /** The Sidecar's process is stopped for a while: it answers nobody, and then all, reads first. A second one
   *  does not thaw it: what the first one holds would be overtaken. */
  freeze(ms: number): void {
    this.#frozenUntil = Math.max(this.#frozenUntil, this.options.timeline.now + ms);
  }

  /** How long a request that comes now waits. */
  heldMs(isPost: boolean): number {
    const left = this.#frozenUntil - this.options.timeline.now;
    return left <= 0 ? 0 : left + (isPost ? 400 : 0);
  }

  /** The Sidecar restarts: back after `ms`, in a new container, knowing nothing. */
  restart(ms: number, onBack: (node: Node) => void): void {
    const { timeline } = this.options;
    this.up = false;
    this.restarts += 1;
    // Of somebody else's nobody here can know that it was lost.
    const active = this.listed.find(({ cause, document }) => cause !== undefined && !isFinal(document.state));
    if (active !== undefined) this.lost = { at: timeline.now, cleanup: active };
    for (const cleanup of this.listed) cleanup.listed = false;
    timeline.after(ms, () => {
      this.up = true;
      this.node = { ...this.node, sidecarContainer: `${this.node.name}-${this.restarts}` };
      onBack(this.node);
    });
  }

  /** The Pod is replaced: whatever ran here is over. */
  die(): void {
    this.up = false;
    for (const cleanup of this.cleanups) {
      cleanup.listed = false;
      cleanup.working = false;
    }
  }

  #begin(cleanup: Cleanup, known: Fate | undefined): void {
    if (!cleanup.listed) return;
    const { timeline, fate, victim } = this.options;
    this.#write(cleanup, { state: 'RUNNING', startTime: this.#time() });
    const rival = this.cleanups.find((one) => one.working && sameTables(one.body, cleanup.body));
    cleanup.working = true;
    const { durationMs, failure } = known ?? fate(this);
    const end = (text?: string) => {
      if (!cleanup.working) return;
      cleanup.working = false;
      this.#finish(cleanup, text);
    };
    cleanup.endsEarly = () => end('CompactionInterruptedException');
    if (rival !== undefined) {
      rival.harmed = true;
      cleanup.harmed = true;
      if (victim === 'first') rival.endsEarly?.();
      else timeline.after(1_000, () => end('Failed marking some sstables compacting'));
    }
    timeline.after(durationMs, () => end(failure));
  }

  /** Field by field: a read in between sees half of it. */
  #finish(cleanup: Cleanup, failure: string | undefined): void {
    const { timeline, tornMs } = this.options;
    this.#write(cleanup, { state: failure === undefined ? 'COMPLETED' : 'FAILED' });
    timeline.after(tornMs / 2, () => {
      this.#write(cleanup, { progress: 1, ...(failure === undefined ? {} : { failureCause: { message: failure } }) });
    });
    timeline.after(tornMs, () => this.#write(cleanup, { completionTime: this.#time() }));
    timeline.after(5_400_000, () => {
      cleanup.listed = false;
    });
  }

  #write(cleanup: Cleanup, change: Partial<Operation>): void {
    cleanup.document = { ...cleanup.document, ...change };
  }

  #time(): string {
    return new Date(NOW + this.options.timeline.now).toISOString();
  }

  #mustBeUp(): void {
    if (!this.up) throw new SidecarFault('unreachable', 'connection refused');
  }
}

export function isFinal(state: Operation['state']): boolean {
  return state !== 'PENDING' && state !== 'RUNNING';
}

function sameTables(a: Readonly<Record<string, unknown>>, b: Readonly<Record<string, unknown>>): boolean {
  return JSON.stringify([a['keyspace'], a['tables']]) === JSON.stringify([b['keyspace'], b['tables']]);
}

/** Ids in the order in which they are asked for. */
export function idsFrom(first: number): () => string {
  let next = first;
  return () => id(next++);
}
