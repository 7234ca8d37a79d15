// Times of a status that no clock of ours can have written: left as they are, a node would wait for the year 9999. Clocks
// may differ by minutes, and no pause is longer than about half an hour (backoff.ts).
import type { Run } from './model.ts';
import { millis, rfc3339 } from './time.ts';

/** Further ahead than this a moment that has been cannot lie: twice what clocks may differ. */
const AHEAD_MS = 600_000;
/** No pause ends later than this. */
const PAUSE_MS = 3_600_000;

/** The text, or the present where it lies too far ahead. */
export function timely(text: string, now: number): string {
  return (millis(text) ?? now) > now + AHEAD_MS ? rfc3339(now) : text;
}

/** The entry with times that can be; the same object where they can. */
export function timelyRun(run: Run, now: number): Run {
  const { since, startTime, notBefore, intent } = run;
  const changed: Partial<Run> = {
    ...past('since', since, now),
    ...past('startTime', startTime, now),
    ...((millis(notBefore) ?? now) > now + PAUSE_MS && { notBefore: rfc3339(now + PAUSE_MS) }),
    ...(intent !== undefined &&
      intent.time !== timely(intent.time, now) && { intent: { ...intent, time: rfc3339(now) } }),
  };
  return Object.keys(changed).length === 0 ? run : { ...run, ...changed };
}

function past(name: 'since' | 'startTime', text: string | undefined, now: number): Partial<Run> {
  return text === undefined || text === timely(text, now) ? {} : { [name]: rfc3339(now) };
}
