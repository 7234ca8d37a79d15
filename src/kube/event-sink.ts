// The port `EventSink`: events.k8s.io/v1 Events, sent one after another by a single worker. Never throws, never blocks;
// what is too much, too old or refused is dropped.
import { randomUUID } from 'node:crypto';
import type { EventsV1Event } from '@kubernetes/client-node';
import { cassandraCleanupResource } from '../api/generated.ts';
import { operatorName } from '../api/names.ts';
import type { ApiError, ApiErrorKind } from '../controller/errors.ts';
import type { Clock, EventSink, Log } from '../controller/ports.ts';
import type { RunEvent } from '../core/events.ts';
import type { Resource } from '../core/model.ts';
import { RetryDelay } from '../runtime/retry-delay.ts';
import { asApiError } from './api-errors.ts';
import type { KubeClient } from './client.ts';
import { EventBudget } from './event-budget.ts';
import { microTime } from './micro-time.ts';
import type { ResourceKind } from './resource-store.ts';

/** How a sink is made. */
export interface EventSinkOptions {
  client: Pick<KubeClient, 'events'>;
  kinds: readonly ResourceKind[];
  /** Names this replica, at most 128 characters. */
  identity: string;
  clock: Clock;
  random(): number;
  log: Log;
}

const MAX_QUEUE = 1_000;
const MAX_NOTE_BYTES = 1_024;
const MAX_WORD = 128;
const MAX_NAME = 200;
/** 50 a second. */
const PACE_MS = 20;
const MAX_TRIES = 3;

/** The sink; its worker runs while there is something to send. */
export class KubeEventSink implements EventSink {
  readonly #options: EventSinkOptions;
  readonly #budget = new EventBudget();
  readonly #queue: EventsV1Event[] = [];
  #worker: Promise<void> | undefined;
  #closed = false;
  #overflowed = false;
  #trouble: ApiErrorKind | undefined;

  constructor(options: EventSinkOptions) {
    this.#options = options;
  }

  emit(resource: Resource, events: readonly RunEvent[]): void {
    if (this.#closed) return;
    const { clock, log } = this.#options;
    for (const event of events) {
      if (this.#budget.allows(resource.metadata.uid, event, clock.monotonic()))
        this.#queue.push(this.#body(resource, event));
    }
    const excess = this.#queue.length - MAX_QUEUE;
    if (excess > 0) this.#queue.splice(0, excess);
    if (excess > 0 && !this.#overflowed) log.warn('more Events than can be sent: the oldest are dropped');
    this.#overflowed = excess > 0;
    if (this.#queue.length > 0) this.#worker ??= this.#work();
  }

  /** Waits until all is sent, at most `deadlineMs` milliseconds; takes nothing more and drops the rest. */
  async flush(deadlineMs: number): Promise<void> {
    this.#closed = true;
    await Promise.race([this.#worker, this.#wait(deadlineMs)]);
    this.#queue.length = 0;
  }

  async #work(): Promise<void> {
    for (let body = this.#queue.shift(); body !== undefined; body = this.#queue.shift()) {
      const startedAt = this.#options.clock.monotonic();
      await this.#send(body);
      const rest = PACE_MS - (this.#options.clock.monotonic() - startedAt);
      if (rest > 0 && this.#queue.length > 0) await this.#wait(rest);
    }
    this.#worker = undefined;
  }

  async #send(body: EventsV1Event): Promise<void> {
    const delay = new RetryDelay(this.#options.random);
    let failure = await this.#try(body);
    for (let tries = 1; failure !== undefined && tries < MAX_TRIES && !this.#closed && mayHeal(failure); tries += 1) {
      await this.#wait(delay.next(failure.retryAfterMs));
      failure = await this.#try(body);
    }
    if (failure !== undefined && failure.kind !== this.#trouble) {
      this.#options.log.warn('an Event was not written', { error: failure.message });
    }
    this.#trouble = failure?.kind;
  }

  async #try(body: EventsV1Event): Promise<ApiError | undefined> {
    try {
      await this.#options.client.events.createNamespacedEvent({ namespace: body.metadata?.namespace ?? '', body });
      return undefined;
    } catch (error) {
      const failure = asApiError(error, 'POST event');
      // A conflict means that an earlier try arrived after all.
      return failure.kind === 'conflict' ? undefined : failure;
    }
  }

  #wait(ms: number): Promise<void> {
    return new Promise((resolve) => this.#options.clock.after(ms, resolve));
  }

  #body(resource: Resource, event: RunEvent): EventsV1Event {
    const { name, namespace, uid } = resource.metadata;
    const kind = this.#options.kinds.find(({ plural }) => plural === resource.plural);
    const podUID = event.node && resource.status.nodes?.find((node) => node.name === event.node)?.podUID;
    return {
      apiVersion: 'events.k8s.io/v1',
      kind: 'Event',
      metadata: { name: `${shortened(name)}.${randomUUID()}`, namespace },
      eventTime: microTime(this.#options.clock.now()),
      type: event.type,
      reason: event.reason.slice(0, MAX_WORD),
      action: event.action.slice(0, MAX_WORD),
      note: cutBytes(event.note, MAX_NOTE_BYTES),
      reportingController: `${cassandraCleanupResource.group}/${operatorName}`,
      reportingInstance: this.#options.identity.slice(0, MAX_WORD),
      regarding: {
        ...(kind && { apiVersion: `${kind.group}/${kind.version}`, kind: kind.kind }),
        name,
        namespace,
        uid,
      },
      ...(event.node && {
        related: { apiVersion: 'v1', kind: 'Pod', name: event.node, namespace, ...(podUID && { uid: podUID }) },
      }),
    };
  }
}

/** A refusal does not: a namespace that is being deleted answers 403 or 404. */
function mayHeal(failure: ApiError): boolean {
  return failure.kind === 'unavailable' || failure.kind === 'throttled';
}

/** Still a DNS name when a dot and more follow. */
function shortened(name: string): string {
  return name.slice(0, MAX_NAME).replace(/[^a-z0-9]+$/, '');
}

/** The API server counts bytes. */
function cutBytes(text: string, max: number): string {
  const bytes = Buffer.from(text);
  return bytes.length <= max
    ? text
    : bytes
        .subarray(0, max)
        .toString('utf8')
        .replace(/\uFFFD+$/, '');
}
