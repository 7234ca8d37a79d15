// What a person may want to know of a reconcile: as Events, and as lines of the log.
import { type RunEvent, warnings } from '../core/events.ts';
import type { Observation, Plan } from '../core/model.ts';
import { type EventSink, type Key, keyOf, type Log } from './ports.ts';

/** Tells news. */
export class News {
  readonly #events: EventSink;
  readonly #log: Log;

  constructor({ events, log }: { events: EventSink; log: Log }) {
    this.#events = events;
    this.#log = log;
  }

  tell({ resource, reconcileId: reconcileID }: Observation, news: readonly RunEvent[]): void {
    if (news.length === 0) return;
    for (const { type, note, action: _action, ...about } of news) {
      const keys = { ...named(keyOf(resource)), ...about, reconcileID };
      if (type === 'Warning') this.#log.warn(note, keys);
      else this.#log.info(note, keys);
    }
    this.#events.emit(resource, news);
  }

  /** Tells the log alone. */
  note({ resource, reconcileId: reconcileID }: Observation, text: string): void {
    this.#log.info(text, { ...named(keyOf(resource)), reconcileID });
  }

  /** Runs a reconcile; tells the log where it fails. */
  async tellFailure<T>(key: Key, reconcileID: string, reconcile: () => Promise<T>): Promise<T> {
    try {
      return await reconcile();
    } catch (err) {
      this.#log.warn('reconcile failed; it is tried again', { ...named(key), reconcileID, err });
      throw err;
    }
  }

  /** Tells the log that what came back from a submission could not be written on the way out. */
  unrecorded(key: Key, err: unknown): void {
    this.#log.warn('an outcome was not recorded', { ...named(key), err });
  }

  /** Tells what a plan warns of, once for as long as it lasts: `told` remembers it. */
  warn(observation: Observation, decided: Plan, told: Set<string>): void {
    const all = warnings(decided);
    const news = all.filter(({ note }) => !told.has(note));
    told.clear();
    for (const { note } of all) told.add(note);
    this.tell(observation, news);
  }
}

function named(key: Key) {
  const [, namespace, name] = key.split('/');
  return { cassandraCleanup: { name, namespace } };
}
