// A deadline for something that has none of its own.
import type { Clock } from './clock.ts';

/** Resolves when `work` has ended, well or badly, or after `ms`, whatever comes first. Never throws. */
export async function within(clock: Clock, ms: number, work: Promise<unknown>): Promise<void> {
  const ended = work.then(
    () => undefined,
    () => undefined,
  );
  let cancel = () => {};
  const late = new Promise<void>((resolve) => {
    cancel = clock.after(ms, resolve);
  });
  await Promise.race([ended, late]);
  cancel();
}
