// Kubernetes' MicroTime (Leases, Events): RFC 3339 with exactly six decimals; the API server refuses other texts.
import type { V1MicroTime } from '@kubernetes/client-node';

/**
 * A wall clock time (milliseconds) as the API server wants it. client-node types it as a Date, and passes a text through
 * unchanged both ways.
 */
export function microTime(ms: number): V1MicroTime {
  return new Date(ms).toISOString().replace('Z', '000Z') as unknown as V1MicroTime;
}
