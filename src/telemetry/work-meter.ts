// Measures a queue and its workers as client-go and controller-runtime do: how long keys wait, and how long they are worked on.
import type { Clock } from '../runtime/clock.ts';
import type { Result } from '../runtime/controller.ts';
import type { QueueMeter } from '../runtime/work-queue.ts';
import type { Metrics, Report } from './metrics.ts';
import { controllerName } from './standard-metrics.ts';

type Reconcile = (key: string) => Promise<Result>;

const name = { name: controllerName };
const controller = { controller: controllerName };

/** The meter of one queue, to be told of it, and of the reconciles. */
export class WorkMeter implements QueueMeter {
  readonly #metrics: Metrics;
  readonly #clock: Pick<Clock, 'monotonic'>;
  /** Since when a key waits, and since when it is worked on (monotonic). */
  readonly #waiting = new Map<string, number>();
  readonly #working = new Map<string, number>();

  /** `workers`: how many reconciles there may be at once. */
  constructor(metrics: Metrics, clock: Pick<Clock, 'monotonic'>, workers: number) {
    this.#metrics = metrics;
    this.#clock = clock;
    metrics.onRead((report) => this.#report(report, workers));
  }

  added(key: string): void {
    this.#waiting.set(key, this.#clock.monotonic());
    this.#metrics.count('workqueue_adds_total', name);
  }

  taken(key: string): void {
    const since = this.#waiting.get(key);
    this.#waiting.delete(key);
    if (since !== undefined) this.#metrics.observe('workqueue_queue_duration_seconds', name, this.#secondsSince(since));
  }

  /** The same reconcile, measured. */
  measured(reconcile: Reconcile): Reconcile {
    return async (key) => {
      this.#working.set(key, this.#clock.monotonic());
      try {
        const result = await reconcile(key);
        this.#ended(key, result.recheckAt === undefined ? 'success' : 'requeue_after');
        return result;
      } catch (error) {
        this.#ended(key, 'error');
        throw error;
      }
    };
  }

  #ended(key: string, result: 'success' | 'requeue_after' | 'error'): void {
    const seconds = this.#secondsSince(this.#working.get(key) ?? this.#clock.monotonic());
    this.#working.delete(key);
    this.#metrics.count('controller_runtime_reconcile_total', { ...controller, result });
    this.#metrics.observe('controller_runtime_reconcile_time_seconds', controller, seconds);
    this.#metrics.observe('workqueue_work_duration_seconds', name, seconds);
    if (result === 'error') this.#metrics.count('controller_runtime_reconcile_errors_total', controller);
    if (result !== 'success') this.#metrics.count('workqueue_retries_total', name);
  }

  #report(report: Report, workers: number): void {
    const underWay = [...this.#working.values()].map((since) => this.#secondsSince(since));
    report('controller_runtime_max_concurrent_reconciles', controller, workers);
    report('controller_runtime_active_workers', controller, underWay.length);
    report('workqueue_depth', name, this.#waiting.size);
    report(
      'workqueue_unfinished_work_seconds',
      name,
      underWay.reduce((sum, seconds) => sum + seconds, 0),
    );
    report('workqueue_longest_running_processor_seconds', name, Math.max(0, ...underWay));
  }

  #secondsSince(monotonic: number): number {
    return (this.#clock.monotonic() - monotonic) / 1_000;
  }
}
