// A small world for the fuzzing of a status: three nodes with healthy Sidecars, in virtual time, and the real plan in between.
import type { Node, Operation, Outcome, Plan, Resource, SidecarView } from '../../src/core/model.ts';
import { plan } from '../../src/core/plan.ts';
import { cleanup } from '../../src/operations/cleanup.ts';
import { id, MINUTE, NOW, node, observation, operation } from '../support/builders.ts';

/** Names of the nodes. */
export const NAMES: readonly string[] = ['a', 'b', 'c'];

/** Healthy Sidecars: what is sent is created, is listed, and is completed a minute later. */
export class World {
  now = NOW;
  resource: Resource;
  readonly nodes: readonly Node[];
  readonly #ran = new Map<string, Operation & { node: string; at: number }>();
  readonly #intents = new Map<string, number>();
  readonly #asked = new Map<string, number>();
  #views: Record<string, SidecarView> = {};
  #outcomes: Outcome[] = [];
  #serial = 100;

  constructor(resource: Resource, known: boolean) {
    this.resource = resource;
    this.nodes = NAMES.map((name) => node(name));
    for (const run of known ? (resource.status.nodes ?? []) : []) {
      if (run.operation !== undefined) this.#begin(run.name, run.operation.id);
    }
  }

  #begin(name: string, operationId: string): Operation {
    const made = { ...operation(operationId, 'RUNNING'), node: name, at: this.now };
    this.#ran.set(operationId, made);
    return made;
  }

  #told(name: string): Operation[] {
    const own = [...this.#ran.values()].filter((one) => one.node === name);
    return own.map(({ node: _node, at, ...one }) => (this.now - at < MINUTE ? one : operation(one.id, 'COMPLETED')));
  }

  /** One reconcile, and what follows from it. */
  step(): Plan {
    for (const { intent } of this.resource.status.nodes ?? []) {
      if (intent !== undefined && !this.#intents.has(intent.id)) this.#intents.set(intent.id, this.now);
    }
    const intentAge = new Map([...this.#intents].map(([one, since]) => [one, this.now - since]));
    const told = { nodes: this.nodes, views: this.#heard(), intentAge, outcomes: this.#outcomes, now: this.now };
    const seen = observation({ ...told, reconcileId: `r-${this.now}` });
    const decided = plan({ ...seen, resource: this.resource }, cleanup);
    this.#outcomes = decided.submissions.map(({ node: { name }, intentId }) => {
      this.#serial += 1;
      return { node: name, intentId, result: 'created', operation: this.#begin(name, id(this.#serial)) };
    });
    return decided;
  }

  #heard(): Record<string, SidecarView | null> {
    return Object.fromEntries(NAMES.map((name) => [name, this.#views[name] ?? null]));
  }

  #firstAsked(asked: string): number {
    if (!this.#asked.has(asked)) this.#asked.set(asked, this.now);
    return this.#asked.get(asked) ?? this.now;
  }

  /** The time passes until something calls; the answers that are wanted by then are there. */
  pass(decided: Plan): void {
    const calls = decided.needs.map(({ at }) => at);
    const next = Math.min(
      ...calls,
      decided.recheckAt ?? Number.POSITIVE_INFINITY,
      this.#outcomes.length > 0 ? this.now : Number.POSITIVE_INFINITY,
    );
    if (!Number.isFinite(next)) throw new Error(`nothing calls any more: ${JSON.stringify(decided.status)}`);
    this.now = Math.max(this.now + 1, next);
    const said = { askedAt: this.now, answeredAt: this.now };
    for (const { uid, what, id: asked } of decided.needs.filter(({ at }) => at <= this.now)) {
      const name = uid.slice('uid-'.length);
      const list = this.#told(name);
      const answers: SidecarView = {
        list: { ...said, value: list },
        cassandra: { ...said, value: 'NORMAL' },
        version: { ...said, value: '5.0.6' },
      };
      const told = list.find((one) => one.id === asked) ?? null;
      const one =
        what === 'operation'
          ? { operation: { ...said, id: asked ?? '', firstAskedAt: this.#firstAsked(asked ?? ''), value: told } }
          : { [what]: answers[what] };
      this.#views[name] = { ...this.#views[name], ...one };
    }
  }
}
