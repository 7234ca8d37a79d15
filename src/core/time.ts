// RFC 3339 text and milliseconds, both ways. Reads no clock.

/** Milliseconds since the epoch, or undefined where the text is absent or no time. */
export function millis(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const value = Date.parse(text);
  return Number.isNaN(value) ? undefined : value;
}

/** RFC 3339 in UTC with milliseconds. */
export function rfc3339(ms: number): string {
  return new Date(ms).toISOString();
}

/** RFC 3339 in UTC cut to the second, as Kubernetes' own controllers write condition times. */
export function rfc3339Seconds(ms: number): string {
  return `${rfc3339(ms).slice(0, 19)}Z`;
}

/** The earlier of two optional times. */
export function earliest(a: number | undefined, b: number | undefined): number | undefined {
  if (a === undefined) return b;
  return b === undefined ? a : Math.min(a, b);
}
