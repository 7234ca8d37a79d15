// At most so many calls at once over all Sidecars; the rest waits its turn, first come, first served.

/** Runs `start` now or later; the call it starts has a slot until its promise is settled. */
export type CallSlots = (start: () => Promise<void> | undefined) => void;

/** `start` is called when a slot is free; where it returns undefined the call is not needed any more. It must not throw. */
export function createCallSlots(limit: number): CallSlots {
  const waiting: (() => Promise<void> | undefined)[] = [];
  let head = 0;
  let inFlight = 0;
  const fill = () => {
    while (inFlight < limit && head < waiting.length) {
      const call = waiting[head++]?.();
      if (call === undefined) continue;
      inFlight += 1;
      void call.then(done, done);
    }
    waiting.splice(0, head);
    head = 0;
  };
  const done = () => {
    inFlight -= 1;
    fill();
  };
  return (start) => {
    waiting.push(start);
    fill();
  };
}
