// What was last seen of a Lease, and when: whether it is ours or free, and what to write into it. Sends nothing.
import type { V1Lease } from '@kubernetes/client-node';
import { microTime } from './micro-time.ts';

/** The Lease observed, with the monotonic time of its last change. */
export class LeaseRecord {
  readonly #place: { name: string; namespace: string };
  readonly #identity: string;
  readonly #durationMs: number;
  #lease: V1Lease | undefined;
  #changedAt = 0;

  constructor(options: { name: string; namespace: string; identity: string; durationMs: number }) {
    this.#place = { name: options.name, namespace: options.namespace };
    this.#identity = options.identity;
    this.#durationMs = options.durationMs;
  }

  get lease(): V1Lease | undefined {
    return this.#lease;
  }

  /** Takes what the server answered; undefined = there is no such Lease. */
  observe(lease: V1Lease | undefined, monotonic: number): void {
    const changed = lease?.metadata?.resourceVersion !== this.#lease?.metadata?.resourceVersion;
    if (changed || lease === undefined) this.#changedAt = monotonic;
    this.#lease = lease;
  }

  isOurs(): boolean {
    return this.#lease?.spec?.holderIdentity === this.#identity;
  }

  /** Nobody's, ours, or not renewed for its duration since we first saw this version of it. */
  isFree(monotonic: number): boolean {
    return (this.freeInMs(monotonic) ?? 0) <= 0;
  }

  /** Milliseconds until someone else's lease has run out; undefined where it is nobody's or ours. */
  freeInMs(monotonic: number): number | undefined {
    if (!this.#lease?.spec?.holderIdentity || this.isOurs()) return undefined;
    const seconds = this.#lease.spec.leaseDurationSeconds ?? 0;
    const durationMs = seconds > 0 ? seconds * 1_000 : this.#durationMs;
    return Math.max(0, this.#changedAt + durationMs - monotonic);
  }

  /** The Lease as it stands when we hold it from, or still at, this wall clock time. */
  held(wall: number): V1Lease {
    const spec = this.#lease?.spec;
    const goesOn = this.isOurs();
    return this.#with({
      holderIdentity: this.#identity,
      leaseDurationSeconds: Math.ceil(this.#durationMs / 1_000),
      acquireTime: (goesOn && spec?.acquireTime) || microTime(wall),
      renewTime: microTime(wall),
      leaseTransitions: (spec?.leaseTransitions ?? 0) + (goesOn || this.#lease === undefined ? 0 : 1),
    });
  }

  /** The Lease as it stands when nobody holds it. */
  released(): V1Lease {
    const spec = this.#lease?.spec;
    return this.#with({ ...spec, holderIdentity: '', leaseDurationSeconds: 1 });
  }

  #with(spec: NonNullable<V1Lease['spec']>): V1Lease {
    const { metadata } = this.#lease ?? {};
    return {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: metadata ? { ...metadata } : { ...this.#place },
      spec,
    };
  }
}
