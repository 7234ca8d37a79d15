// The words shared by everything that looks at one node: what it is given, and what it gives back.
import type { Gates } from './gate.ts';
import type { Need, Node, Observation, OperationKind, Run } from './model.ts';

/** What one node is judged by: the whole observation, the kind of operation, and the gate of its cluster. */
export interface StepContext {
  observation: Observation;
  kind: OperationKind;
  gates: Gates;
}

/** One node after a look at it: its entry, what must be heard next, and when to look again at the latest. */
export interface Step {
  run: Run;
  needs: readonly Need[];
  /** The Pod must be read from the API server before this can be decided. */
  wantsLive?: boolean;
  recheckAt?: number;
}

/** The Pod of an entry, as far as it is selected now. */
export function nodeOf(run: Run, observation: Observation): Node | undefined {
  return observation.selected.get(run.name);
}
