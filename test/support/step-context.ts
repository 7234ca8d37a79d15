// What one look at a node is given, for tests of the pure core: an observation, the kind of operation, and its gates.
import { gatesOf } from '../../src/core/gate.ts';
import type { StepContext } from '../../src/core/step.ts';
import { cleanup } from '../../src/operations/cleanup.ts';
import { type ObservationChange, observation } from './builders.ts';

/** The context of an observation made of these changes; no node of the run is absent. */
export function contextOf(change: ObservationChange = {}): StepContext {
  const seen = observation(change);
  return { observation: seen, kind: cleanup, gates: gatesOf(seen, []) };
}
