// Every duration and cap that decides something, in one place. Milliseconds unless the name says otherwise.

const SECOND = 1_000;
const MINUTE = 60 * SECOND;

/** An answer older than this is asked for again before a submit. */
export const FRESH_MS = 3 * SECOND;
/** The same for the ring's states, where the node to be cleaned guards itself. */
export const FRESH_GUARDED_MS = 10 * SECOND;
/** At most one round of `/status` over a cluster in this time. */
export const ROUND_MS = 3 * SECOND;
/** How soon a node that keeps the gate closed is asked again. */
export const ROUND_CLOSED_MS = 10 * SECOND;
/** How often the ring is looked at while a Cassandra that does not guard itself is being cleaned. */
export const ROUND_EXPOSED_MS = 15 * SECOND;
/** A silence that was noticed longer ago than this is asked about again before it means anything. */
export const SILENCE_STALE_MS = 30 * SECOND;
/** A version that could not be learned is asked for again after this. */
export const VERSION_RETRY_MS = MINUTE;
/** Nodes that are ready wait this long for others of their batch that are still being asked. */
export const BATCH_MS = 200;
/** Nothing leaves longer than this after its intent. */
export const SEND_WINDOW_MS = 5 * SECOND;
/** An intent without an operation is proven lost by two lists: the second this long after the first … */
export const ABSENCE_GAP_MS = 10 * SECOND;
/** … and this long after the intent, by the wall clock and by this process' own. */
export const ABSENCE_WAIT_MS = 30 * SECOND;
/** So long after a container was restarted the status of its Pod shows it, at the latest: the kubelet needs a second or two. */
export const POD_STATUS_LAG_MS = 10 * SECOND;
/** A selected Pod that is gone for this long is skipped. */
export const POD_GONE_MS = 10 * MINUTE;
/** A Submitting or Running node that is silent for this long is Failed: its outcome is unknown. */
export const OUTCOME_UNKNOWN_MS = 60 * MINUTE;
/** COMPLETED that never gets its completionTime is believed after this. */
export const COMPLETED_TORN_MS = 5 * MINUTE;
/** A read that looks half written is repeated after this. */
export const REREAD_MS = 250;
/** A status that someone wiped may have held an intent: nothing is sent for this long. */
export const WIPED_WAIT_MS = 40 * SECOND;
/** An object older than this that holds no status of ours was wiped (or waited for an operator). */
export const WIPED_AGE_MS = 60 * SECOND;
/** Ids that a baseline holds at most. */
export const MAX_BASELINE = 64;
/** Intents that a status holds at most. */
export const MAX_INTENTS = 200;
/** Nodes of a run. */
export const MAX_NODES = 2_000;
/** Bytes of a status, as the API server stores it. */
export const MAX_STATUS_BYTES = 1_048_576;
