// The port `Leadership` by a Lease, as client-go does it: a lease that someone else holds is free when it has not changed for
// its duration by our own monotonic clock, so clocks need not agree. Leadership ends by the clock, not by a timer: a process
// that was frozen knows at once that it no longer leads.
import type { V1Lease } from '@kubernetes/client-node';
import { ApiError } from '../controller/errors.ts';
import type { Clock, Leadership, Log } from '../controller/ports.ts';
import { asApiError } from './api-errors.ts';
import type { KubeClient } from './client.ts';
import { LeaseRecord } from './lease-record.ts';

/** How a campaign is run. */
export interface LeaseOptions {
  client: Pick<KubeClient, 'coordination'>;
  namespace: string;
  name: string;
  /** Unique to this replica; the same after a restart of its container, so that it goes on at once. */
  identity: string;
  clock: Clock;
  /** Numbers in [0, 1). */
  random(): number;
  log: Log;
  /** This process leads from now on. */
  onStarted?: () => void;
  /** It does not lead any more; also called by `stop()`. */
  onStopped?: () => void;
  /** Times in milliseconds; default 15,000 / 10,000 / 2,000. */
  durationMs?: number;
  renewDeadlineMs?: number;
  retryMs?: number;
}

/** Leadership with a life of its own. */
export interface Campaign extends Leadership {
  start(): void;
  /** Ends it; a lease that is held is given up, so that another replica takes over with its next try. Never throws. */
  stop(): Promise<void>;
}

/** How long `stop()` waits for a try that is under way. */
const STOP_WAIT_MS = 1_500;

/** A campaign for the Lease, or without `leaderElect` one that is won at once. */
export function createLeadership(options: LeaseOptions & { leaderElect: boolean }): Campaign {
  return options.leaderElect ? new LeaseCampaign(options) : alwaysLeader(options);
}

/** Whoever runs alone leads. */
export function alwaysLeader(callbacks: Pick<LeaseOptions, 'onStarted' | 'onStopped'> = {}): Campaign {
  let leading = false;
  return {
    isLeader: () => leading,
    confirm: async () => leading,
    start: () => {
      leading = true;
      callbacks.onStarted?.();
    },
    stop: async () => {
      if (leading) callbacks.onStopped?.();
      leading = false;
    },
  };
}

/** Campaigns for one Lease until it is stopped. */
export class LeaseCampaign implements Campaign {
  readonly #options: Required<Omit<LeaseOptions, 'onStarted' | 'onStopped'>> & LeaseOptions;
  readonly #record: LeaseRecord;
  /** When the last successful renewal was sent, by both clocks; undefined = not the holder. */
  #renewed: { monotonic: number; wall: number } | undefined;
  #leading = false;
  #stopped = false;
  #trouble: string | undefined;
  #cancel: (() => void) | undefined;
  #deadline: (() => void) | undefined;
  #trying: Promise<void> | undefined;

  constructor(options: LeaseOptions) {
    this.#options = { durationMs: 15_000, renewDeadlineMs: 10_000, retryMs: 2_000, ...options };
    this.#record = new LeaseRecord(this.#options);
  }

  /** The first try is made at once. */
  start(): void {
    this.#next(0);
  }

  isLeader(): boolean {
    if (!this.#leading || this.#renewed === undefined || this.#stopped) return false;
    const { clock, renewDeadlineMs } = this.#options;
    const monotonic = clock.monotonic() - this.#renewed.monotonic;
    const wall = clock.now() - this.#renewed.wall;
    return monotonic < renewDeadlineMs && wall < renewDeadlineMs;
  }

  async confirm(): Promise<boolean> {
    if (!this.isLeader()) return false;
    try {
      const held = (await this.#read())?.spec?.holderIdentity === this.#options.identity;
      if (!held && this.#leading) this.#endTerm('another replica holds the lease');
      return held && this.isLeader();
    } catch (error) {
      this.#report(asApiError(error, `lease ${this.#options.name}`));
      return false;
    }
  }

  async stop(): Promise<void> {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#cancel?.();
    this.#endTerm('stopped');
    const waited = Promise.withResolvers<void>();
    const cancel = this.#options.clock.after(STOP_WAIT_MS, waited.resolve);
    await Promise.race([this.#trying, waited.promise]);
    cancel();
    if (!this.#record.isOurs()) return;
    try {
      await this.#write(this.#record.released());
      this.#options.log.info('gave up the lease', { lease: this.#options.name });
    } catch (error) {
      this.#options.log.warn('could not give up the lease', { error: asApiError(error, 'lease').message });
    }
  }

  /** Resolves when the try under way, if any, is over. */
  async settled(): Promise<void> {
    await this.#trying;
  }

  #next(ms: number): void {
    if (this.#stopped) return;
    this.#cancel?.();
    this.#cancel = this.#options.clock.after(ms, () => {
      this.#trying = this.#try();
    });
  }

  async #try(): Promise<void> {
    const { clock } = this.#options;
    if (this.#leading && !this.isLeader()) this.#endTerm('not renewed in time');
    try {
      await this.#acquireOrRenew();
      this.#trouble = undefined;
      const pause = this.#pauseMs();
      this.#next(Math.min(pause, this.#record.freeInMs(clock.monotonic()) ?? pause));
    } catch (error) {
      this.#report(asApiError(error, `lease ${this.#options.name}`));
      this.#next(this.#pauseMs());
    }
  }

  /** A little less than the period while another holds it, so that its end is seen in time, and not by all at once. */
  #pauseMs(): number {
    const { retryMs, random } = this.#options;
    return this.#leading ? retryMs : retryMs * (0.6 + 0.2 * random());
  }

  async #acquireOrRenew(): Promise<void> {
    const { clock } = this.#options;
    const sentAt = { monotonic: clock.monotonic(), wall: clock.now() };
    // Its own last write is still the newest, most likely: one request a renewal; a conflict makes it read again.
    if (!this.#leading || this.#record.lease === undefined) this.#record.observe(await this.#read(), clock.monotonic());
    if (!this.#record.isFree(clock.monotonic())) return;
    try {
      await this.#write(this.#record.held(sentAt.wall));
    } catch (error) {
      const lost = error instanceof ApiError && (error.kind === 'conflict' || error.kind === 'gone');
      if (lost) await this.#lostRace(sentAt);
      else throw error;
      return;
    }
    this.#won(sentAt);
  }

  /** Someone else wrote (or the answer to our own last write was lost): look again, and renew what is still ours. */
  async #lostRace(sentAt: { monotonic: number; wall: number }): Promise<void> {
    const { clock } = this.#options;
    this.#record.observe(await this.#read(), clock.monotonic());
    if (this.#record.isOurs()) {
      await this.#write(this.#record.held(sentAt.wall));
      this.#won(sentAt);
    } else if (this.#leading) this.#endTerm('another replica holds the lease');
  }

  #won(sentAt: { monotonic: number; wall: number }): void {
    if (this.#stopped) return;
    this.#renewed = sentAt;
    const { clock, renewDeadlineMs, name, identity, log, onStarted } = this.#options;
    this.#deadline?.();
    const left = renewDeadlineMs - (clock.monotonic() - sentAt.monotonic);
    this.#deadline = clock.after(left + 1, () => {
      if (!this.isLeader()) this.#endTerm('not renewed in time');
    });
    if (this.#leading) return;
    this.#leading = true;
    log.info('leading', { lease: name, identity });
    onStarted?.();
  }

  #endTerm(reason: string): void {
    this.#deadline?.();
    if (!this.#leading) return;
    this.#leading = false;
    this.#renewed = undefined;
    if (!this.#stopped) this.#options.log.warn('not leading any more', { lease: this.#options.name, reason });
    this.#options.onStopped?.();
  }

  async #read(): Promise<V1Lease | undefined> {
    const { client, namespace, name } = this.#options;
    try {
      return await client.coordination.readNamespacedLease({ namespace, name });
    } catch (error) {
      if (error instanceof ApiError && error.status === 404) return undefined;
      throw error;
    }
  }

  /** Conditional on the version observed; creates where none was. */
  async #write(body: V1Lease): Promise<void> {
    const { client, namespace, name, clock } = this.#options;
    const created = body.metadata?.resourceVersion === undefined;
    const stored = created
      ? await client.coordination.createNamespacedLease({ namespace, body })
      : await client.coordination.replaceNamespacedLease({ namespace, name, body });
    this.#record.observe(stored, clock.monotonic());
  }

  #report(failure: ApiError): void {
    const trouble = `${failure.kind} ${failure.status}`;
    if (trouble === this.#trouble) return;
    this.#trouble = trouble;
    this.#options.log.warn('cannot read or write the lease, trying again', { error: failure.message });
  }
}
