// The one gate through which every side effect and every notification of a world goes: each gets a number, and a fault may be
// given to it by that number (plans) or by the dice (simulation).
import type { Process } from './process.ts';
import type { Timeline } from './timeline.ts';

/** What can go wrong with an effect. `late` = applied, but only after its caller gave up; `delayed` = past every wait. */
export const EFFECT_FAULTS = ['crashBefore', 'crashAfter', 'error', 'timedOut', 'delayed'] as const;
/** What can go wrong with a notification. `gone` = 410 and a new list. */
export const NOTICE_FAULTS = ['dropped', 'duplicated', 'stale1', 'stale2', 'stale3', 'gone'] as const;

export type EffectFault = (typeof EFFECT_FAULTS)[number] | 'late' | 'refused';
export type NoticeFault = (typeof NOTICE_FAULTS)[number];
export type Fault = EffectFault | NoticeFault;

/** One passage through the gate. */
export interface Passage {
  n: number;
  sort: 'effect' | 'notice';
  /** Such as `PUT status`, `POST`, `GET pod`. */
  kind: string;
  what: string;
  process: string;
  at: number;
  fault?: Fault;
}

/** One call of the world. */
export interface Call<T> {
  kind: string;
  what: string;
  latencyMs: number;
  /** Milliseconds that it waits in front of a frozen server, or anywhere else on its way there. */
  heldMs?: number;
  /** What it does there; throws what the other side answers instead. */
  perform(): T;
  /** What the caller gets where the other side did nothing, or its answer was lost: returns or throws. */
  broken(fault: EffectFault): T;
}

/** A caller gives up after this. */
export const GIVE_UP_MS = 10_000;
/** A late request arrives after this: within every wait of the protocol. */
export const LATE_MS = 24_000;
/** A delayed request arrives after this: beyond every wait of the protocol. */
export const DELAYED_MS = 95_000;

/** The gate of a world. */
export class Gate {
  readonly passages: Passage[] = [];
  readonly #timeline: Timeline;
  /** Decides the fault of a passage. */
  faultOf: (passage: Passage) => Fault | undefined = () => undefined;

  constructor(timeline: Timeline) {
    this.#timeline = timeline;
  }

  /** Carries out one effect of a process. */
  call<T>(process: Process, call: Call<T>): Promise<T> {
    if (!process.alive) return new Promise(() => {});
    const passage = this.#pass('effect', call.kind, call.what, process);
    const fault = passage.fault as EffectFault | undefined;
    if (fault === 'crashBefore') process.crash();
    if (!process.alive) return new Promise(() => {});
    return new Promise((resolve, reject) => {
      const settle = (work: () => T) => process.deliver(() => attempt(work, resolve, reject));
      this.#carryOut(process, call, fault, settle);
    });
  }

  /** A notification reaches a process: what happens to it instead, if anything. */
  notice(process: Process, what: string): NoticeFault | undefined {
    return this.#pass('notice', 'notice', what, process).fault as NoticeFault | undefined;
  }

  #carryOut<T>(process: Process, call: Call<T>, fault: EffectFault | undefined, settle: (work: () => T) => void): void {
    const timeline = this.#timeline;
    const { latencyMs, perform, heldMs = 0 } = call;
    const arrivesMs = latencyMs / 2 + heldMs;
    const broken = () => call.broken(fault ?? 'error');
    const applyAfter = (ms: number) => timeline.after(ms, () => quietly(perform));
    switch (fault) {
      case undefined:
        if (heldMs >= GIVE_UP_MS) break;
        timeline.after(arrivesMs, () => answerAfter(timeline, latencyMs / 2, perform, settle));
        return;
      case 'crashAfter':
        timeline.after(arrivesMs, () => {
          quietly(perform);
          process.crash();
        });
        return;
      case 'error':
      case 'refused':
        timeline.after(latencyMs, () => settle(broken));
        return;
      default:
    }
    applyAfter(fault === 'late' ? LATE_MS : fault === 'delayed' ? DELAYED_MS : arrivesMs);
    timeline.after(GIVE_UP_MS, () => settle(broken));
  }

  #pass(sort: Passage['sort'], kind: string, what: string, process: Process): Passage {
    const n = this.passages.length;
    const passage: Passage = { n, sort, kind, what, process: process.name, at: this.#timeline.now };
    const fault = this.faultOf(passage);
    if (fault !== undefined) passage.fault = fault;
    this.passages.push(passage);
    return passage;
  }
}

function answerAfter<T>(timeline: Timeline, ms: number, perform: () => T, settle: (work: () => T) => void): void {
  try {
    const value = perform();
    timeline.after(ms, () => settle(() => value));
  } catch (error) {
    timeline.after(ms, () =>
      settle(() => {
        throw error;
      }),
    );
  }
}

function attempt<T>(work: () => T, resolve: (value: T) => void, reject: (error: unknown) => void): void {
  try {
    resolve(work());
  } catch (error) {
    reject(error);
  }
}

function quietly(perform: () => unknown): void {
  try {
    perform();
  } catch {
    // Nobody waits for the answer.
  }
}
