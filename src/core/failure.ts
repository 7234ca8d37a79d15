// What a failed operation means for the run: the classes that hard cases 21 and 22 tell apart.

/**
 * - `permanent`: no further attempt can succeed.
 * - `membership`: the ring changed in mid-run; counts only if the gate is open.
 * - `refused`: the node itself refused while the ring changes; waits, never counts.
 * - `forgotten`: what a forgotten operation still running looks like (code 2, interruption); counts unless a loss came before.
 * - `broken`: the link to Cassandra broke; whether it goes on there is not known; never counts.
 * - `failed`: anything else; counts.
 */
export type FailureClass = 'permanent' | 'membership' | 'refused' | 'forgotten' | 'broken' | 'failed';

export interface Failure {
  class: FailureClass;
  /** CamelCase, for `status.nodes[].reason`. */
  reason: string;
}
