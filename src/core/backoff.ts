// How long to wait: pure functions of what happened. Jitter comes from the text given, so equal input waits equally long.

const SECOND = 1_000;
const COUNTED = [10, 30, 60, 120, 300];
const AFTER_LOSS = [60, 300, 900, 1_800];

/** Wait before the attempt after the nth failure that counts (n >= 1): 10 s, 30 s, 1, 2, 5 min ± 10 %. */
export function failureBackoffMs(failures: number, seed: string): number {
  return pick(COUNTED, failures) * SECOND * (0.9 + 0.2 * fraction(seed));
}

/** Wait before the attempt after the nth loss (n >= 1): 1, 5, 15, 30, 30 … min, at most a tenth longer, never shorter. */
export function lossBackoffMs(losses: number, seed: string): number {
  return pick(AFTER_LOSS, losses) * SECOND * (1 + 0.1 * fraction(seed));
}

/** Pause between two reads of something that has gone on for `elapsedMs`: a sixth of it, 0.25 s to 15 s. */
export function pollDelayMs(elapsedMs: number): number {
  return Math.min(15 * SECOND, Math.max(250, elapsedMs / 6));
}

/** Wait before a request that surely was not delivered is tried again, `elapsedMs` after the first such try: 5 s to 5 min. */
export function undeliveredBackoffMs(elapsedMs: number): number {
  return Math.min(300 * SECOND, Math.max(5 * SECOND, elapsedMs / 2));
}

function pick(seconds: readonly number[], nth: number): number {
  return seconds[Math.min(Math.max(nth, 1), seconds.length) - 1] ?? 0;
}

/** A number in [0, 1) that depends on the text only (FNV-1a). */
function fraction(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193) >>> 0;
  return hash / 2 ** 32;
}
