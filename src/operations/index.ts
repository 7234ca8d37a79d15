// The registry: every type of operation the operator runs. A new type adds its line here.
import type { OperationKind } from '../core/model.ts';
import { cleanup } from './cleanup.ts';

export const operations: readonly OperationKind[] = [cleanup];

/** The kind of a resource by the plural of its CRD. Throws where it is not registered. */
export function kindOf(plural: string): OperationKind {
  const kind = operations.find((one) => one.plural === plural);
  if (kind === undefined) throw new Error(`no operation type is registered for ${plural}`);
  return kind;
}
