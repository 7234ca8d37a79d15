// What somebody removed from a status (hard case 19): an entry that the last write of a process had is written back by that
// process. Only what no process could write back is gone, and only that is an excuse.
import { WIPED_AGE_MS, WIPED_WAIT_MS } from '../../src/core/limits.ts';
import type { Resource, Run } from '../../src/core/model.ts';
import { isFinished } from '../../src/core/queue.ts';

interface Wipe {
  uid: string;
  run: Run;
  at: number;
  /** Whose last write had the entry; undefined = the run was over, or it never heard that its write was stored. */
  writer: string | undefined;
  /** Until then nothing is sent, whoever leads: no entry is left, and the object is not new. */
  quietUntil: number;
  /** `gone` = the entry began anew. */
  fate: 'open' | 'restored' | 'gone';
}

/** A request as far as it matters here. */
interface Sent {
  uid: string;
  node: string;
  intentId: string;
  sentAt: number;
}

/** The wipes of a world. */
export class Wipes {
  readonly #wipes: Wipe[] = [];
  /** Who wrote the status of an object last, and whether it knows. */
  readonly #writers = new Map<string, { process: string; version: string; knows: boolean }>();

  /** Somebody removed entries of an object of that age (at least). */
  removed(before: Resource, after: Resource, at: number, ageMs = 0): void {
    const { uid } = before.metadata;
    const left = new Set((after.status.nodes ?? []).map(({ name }) => name));
    const last = this.#writers.get(uid);
    const writer = isFinished(before) || last?.knows !== true ? undefined : last.process;
    const removed = (before.status.nodes ?? []).filter(({ name }) => !left.has(name));
    const quietUntil = left.size === 0 && ageMs > WIPED_AGE_MS ? at + WIPED_WAIT_MS : at;
    this.#wipes.push(...removed.map((run) => ({ uid, run, at, writer, quietUntil, fate: 'open' as const })));
  }

  /** A process wrote a status: what is wrong with it, given what was removed from it before. */
  written({ metadata, status }: Resource, process: string): string[] {
    const { uid, resourceVersion: version } = metadata;
    const entries = new Map((status.nodes ?? []).map((run) => [run.name, run]));
    const open = this.#wipes.filter((wipe) => wipe.uid === uid && wipe.fate === 'open');
    this.#writers.set(uid, { process, version, knows: false });
    return open.flatMap((wipe) => judged(wipe, entries.get(wipe.run.name), process));
  }

  /** A process learned that its write is stored. */
  stored({ metadata }: Resource, process: string): void {
    const last = this.#writers.get(metadata.uid);
    if (last?.process === process && last.version === metadata.resourceVersion) last.knows = true;
  }

  /** The entry that stood for an intent and was removed while it was open. */
  intent(intentId: string, podUid: string): { resourceUid: string; run: Run } | undefined {
    const wipe = this.#wipes.find(({ run }) => run.intent?.id === intentId && run.podUID === podUid);
    return wipe && { resourceUid: wipe.uid, run: wipe.run };
  }

  /** Whether what was known of a request was removed and never came back. */
  isGone(sent: Sent): boolean {
    return this.#gone(sent).length > 0;
  }

  /** Whether it is gone, and came only when nothing made others wait for it any more. */
  isUnguarded(sent: Sent, arrivedAt: number): boolean {
    return this.#gone(sent).some(({ quietUntil }) => arrivedAt >= quietUntil);
  }

  #gone({ uid, node, intentId, sentAt }: Sent): Wipe[] {
    return this.#wipes.filter(
      ({ uid: its, run, at, fate }) =>
        its === uid && run.name === node && fate !== 'restored' && (at >= sentAt || run.intent?.id === intentId),
    );
  }
}

function judged(wipe: Wipe, run: Run | undefined, process: string): string[] {
  if (run === undefined && process !== wipe.writer) return [];
  const isBack = run !== undefined && isSameOrLater(run, wipe.run);
  wipe.fate = isBack ? 'restored' : 'gone';
  if (isBack || process !== wipe.writer) return [];
  return [`${wipe.run.name} was removed from the status, and ${process}, which wrote it, did not write it back`];
}

/** It began when it began, and its attempts never fall, but for one that was surely not delivered. */
function isSameOrLater(run: Run, removed: Run): boolean {
  const wasUndone = removed.state === 'Submitting' && run.state === 'Pending' && run.attempts !== undefined;
  if (removed.startTime !== undefined && run.startTime !== removed.startTime) return false;
  return (run.attempts ?? 0) >= (removed.attempts ?? 0) - (wasUndone ? 1 : 0);
}
