// One Sidecar under watch (one Pod UID): who wants to hear what, its last answers, and which question each lane asks next.

import type { Key } from '../controller/ports.ts';
import type { Node, SidecarError, SidecarView } from '../core/model.ts';
import type { Cancel } from '../runtime/clock.ts';
import {
  type AnyAnswer,
  type LaneName,
  laneOf,
  nameOf,
  type OperationMemory,
  type Question,
  shifted,
  withAnswer,
} from './questions.ts';

/** A need, and the monotonic time at which it is asked, jitter included: the wall clock may jump meanwhile. */
export interface Want extends Question {
  readonly at: number;
  readonly due: number;
}

/** When the last answer to a question was asked and came: by the wall clock, and monotonic. */
interface Heard {
  askedAt: number;
  answeredAt: number;
  readonly endedAt: number;
  readonly serial: number;
}

/** A call that has ended; `endedAt` is monotonic. */
export interface EndedCall {
  readonly question: Question;
  readonly answer: AnyAnswer;
  readonly endedAt: number;
  readonly serial: number;
}

const PUT_AWAY: SidecarError = {
  kind: 'unreachable',
  message: 'its long list of operations was put away, as too many long lists are held at once',
};

/** The wall clock is corrected by less than this all the time; by more, it was set. */
const SLEW_MS = 50;

/** Ids of which the first time asked and the last good answer are kept. */
const REMEMBERED_IDS = 8;

/** A Pod UID's Sidecar. */
export class WatchedSidecar {
  node: Node | undefined;
  view: SidecarView = {};
  /** When someone last needed it, or named its Pod (monotonic). */
  neededAt: number;
  knownAt: number;
  readonly wants = new Map<Key, readonly Want[]>();
  /** Lanes with a call under way, or waiting for its slot. */
  readonly busy = new Set<LaneName>();
  /** The question of each call that is under way. */
  readonly asking = new Map<LaneName, string>();
  /** When each idle lane wakes up. */
  readonly timers = new Map<LaneName, { due: number; cancel: Cancel }>();
  readonly #answers = new Map<string, Heard>();
  readonly #operations = new Map<string, OperationMemory>();

  /** Wall clock minus monotonic clock, as all wall times here are meant. */
  #offset: number;

  constructor(now: number, offset: number) {
    this.neededAt = now;
    this.knownAt = now;
    this.#offset = offset;
  }

  /** Gives every wall time by the clock as it is set now: an answer is as old as it is, whatever was done to the clock since. */
  setTo(offset: number): void {
    const by = offset - this.#offset;
    if (Math.abs(by) < SLEW_MS) return;
    this.#offset = offset;
    this.view = shifted(this.view, by);
    for (const memory of this.#operations.values()) memory.firstAskedAt += by;
    for (const heard of this.#answers.values()) {
      heard.askedAt += by;
      heard.answeredAt += by;
    }
  }

  /**
   * The serial of the answer that satisfies a need of this time, if there is one. A version once heard is good for ever.
   * `seen`: the last serial that the asker has seen for sure.
   */
  satisfiedBy(need: Question & { at: number }, seen: number): number | undefined {
    const heard = this.#answers.get(nameOf(need));
    if (heard === undefined) return undefined;
    if (need.what === 'version' && this.view.version?.value !== undefined) return heard.serial;
    // Of several ids only one is in the view: the answer about another one satisfies nobody.
    if (need.what === 'operation' && this.view.operation?.id !== need.id) return undefined;
    // Seen, and over by then: not what the asker waits for.
    if (heard.serial <= seen && heard.answeredAt <= need.at) return undefined;
    return heard.askedAt >= need.at ? heard.serial : undefined;
  }

  /** What this lane asks next, and when: a question just answered rests for `settleMs`, whoever asks. */
  next(lane: LaneName, settleMs: number): (Want & { key: Key }) | undefined {
    let first: (Want & { key: Key }) | undefined;
    for (const [key, wants] of this.wants) {
      for (const want of wants) {
        if (laneOf(want) !== lane) continue;
        const due = Math.max(want.due, this.#restsUntil(want, settleMs));
        if (first === undefined || due < first.due) first = { ...want, due, key };
      }
    }
    return first;
  }

  #restsUntil(question: Question, settleMs: number): number {
    const heard = this.#answers.get(nameOf(question));
    return heard === undefined ? Number.NEGATIVE_INFINITY : heard.endedAt + settleMs;
  }

  /** A call begins. */
  beginsAsking(question: Question, now: number): void {
    this.asking.set(laneOf(question), nameOf(question));
    if (question.what !== 'operation') return;
    const id = question.id ?? '';
    const known = this.#operations.get(id);
    this.#operations.delete(id);
    this.#operations.set(id, known ?? { firstAskedAt: now });
    const oldest = this.#operations.keys().next().value;
    if (this.#operations.size > REMEMBERED_IDS && oldest !== undefined) this.#operations.delete(oldest);
  }

  /** Takes an answer in; returns the keys that wanted to hear it, which are to look, and then to say what they want after it. What
   *  they wanted until now is over: asked again before they have looked, it would keep a busy machine busy with itself. */
  record(call: EndedCall): Key[] {
    const { question, answer } = call;
    const name = nameOf(question);
    this.asking.delete(laneOf(question));
    const memory = this.#operations.get(question.id ?? '');
    this.view = withAnswer(this.view, question, answer, memory);
    const good = this.view.operation?.value;
    if (question.what === 'operation' && memory !== undefined && good) memory.good = good;
    const { askedAt, answeredAt } = answer;
    this.#answers.set(name, { askedAt, answeredAt, endedAt: call.endedAt, serial: call.serial });
    this.neededAt = call.endedAt;
    const keys = [...this.wants].filter(([, wants]) => wants.some((want) => nameOf(want) === name)).map(([key]) => key);
    for (const key of keys) {
      const others = (this.wants.get(key) ?? []).filter((want) => nameOf(want) !== name);
      this.#setWants(key, others);
    }
    return keys;
  }

  #setWants(key: Key, wants: readonly Want[]): void {
    if (wants.length === 0) this.wants.delete(key);
    else this.wants.set(key, wants);
  }

  /**
   * Gives up the list that is kept. Where somebody waits for the next one it counts as not given, which is asked again after a
   * pause: were it merely forgotten, two long lists could chase each other out without end.
   */
  putListAway(): void {
    const { list, ...rest } = this.view;
    if (list === undefined) return;
    const { askedAt, answeredAt } = list;
    this.view = this.wants.size === 0 ? rest : { ...rest, list: { askedAt, answeredAt, error: PUT_AWAY } };
    if (this.wants.size === 0) this.#answers.delete('list');
  }

  /** Forgets all answers but the version, which needs a second of Cassandra's time to hear again. */
  trim(): void {
    const { version } = this.view;
    const heard = this.#answers.get('version');
    this.view = version === undefined ? {} : { version };
    this.#answers.clear();
    this.#operations.clear();
    if (heard !== undefined) this.#answers.set('version', heard);
  }
}
