// The parts of the protocol, each switched off at a port: what is left must fail a plan or a schedule, or the proof proves nothing.
import { Submissions } from '../../src/controller/execute.ts';
import type { Key, NodeDirectory, Resources } from '../../src/controller/ports.ts';
import type { Resource, Run, RunStatus, Submission } from '../../src/core/model.ts';
import { kindOf } from '../../src/operations/index.ts';
import type { Sabotage } from './operator.ts';

/** Resources with something else in the place of some methods. */
function altered(real: Resources, change: (real: Resources) => Partial<Resources>): Resources {
  const forwarded: Resources = {
    get: (key) => real.get(key),
    inNamespace: (namespace) => real.inNamespace(namespace),
    unfinished: (namespace) => real.unfinished(namespace),
    resting: (namespace) => real.resting(namespace),
    all: () => real.all(),
    refresh: (key) => real.refresh(key),
    writeStatus: (resource, status) => real.writeStatus(resource, status),
    delete: (resource) => real.delete(resource),
  };
  return { ...forwarded, ...change(real) };
}

/** A reconciler that sees these entries in the place of those that are stored. */
function seeing(change: (run: Run) => Run): Sabotage {
  const see = (resource: Resource | undefined) =>
    resource && { ...resource, status: { ...resource.status, nodes: (resource.status.nodes ?? []).map(change) } };
  return { resources: (real) => altered(real, () => ({ get: (key: Key) => see(real.get(key)) })) };
}

function hasNewIntent(before: RunStatus, after: RunStatus): boolean {
  const known = new Set((before.nodes ?? []).map((run) => run.intent?.id));
  return (after.nodes ?? []).some((run) => run.intent !== undefined && !known.has(run.intent.id));
}

class WithoutWindow extends Submissions {
  override submit(key: Key, batch: readonly Submission[]): void {
    const always = Number.POSITIVE_INFINITY;
    super.submit(
      key,
      batch.map((one) => ({ ...one, intentAt: always })),
      always,
    );
  }
}

class WithoutTombstone extends Submissions {
  override guard(): void {}
}

class WithoutMemory extends Submissions {
  override settledAt(): undefined {}
}

class WithoutFence extends Submissions {
  override mayBegin(): Promise<boolean> {
    return Promise.resolve(true);
  }
}

const LONG_AGO = '2001-01-01T00:00:00.000Z';

/** Nothing that a Sidecar lists is taken for ours. */
export const noAdoption: Sabotage = {
  kindOf: (plural) => ({ ...kindOf(plural), matches: () => false }),
};

/** The request is sent without its intent being written. */
export const noIntent: Sabotage = {
  resources: (real) =>
    altered(real, () => ({
      writeStatus: async (resource, status) =>
        hasNewIntent(resource.status, status) ? { ...resource, status } : real.writeStatus(resource, status),
    })),
};

/** All intents have the same id. */
export const noIntentId: Sabotage = { newId: () => 'the-same-for-all' };

/** A status is written whatever is stored by now: the write names no version. (The lease, asked for afterwards, would save the day.) */
export const noCondition: Sabotage = {
  submissions: WithoutFence,
  resources: (real) =>
    altered(real, () => ({
      writeStatus: (resource, status) =>
        real.writeStatus({ ...resource, metadata: { ...resource.metadata, resourceVersion: '' } }, status),
    })),
};

/** One list without it, late enough, is proof. */
export const noSecondAbsence: Sabotage = seeing((run) =>
  run.state === 'Submitting' ? { ...run, reason: 'OutcomeUnknown', since: LONG_AGO } : run,
);

/** Two lists without it are proof, however soon after the intent. */
export const noWait: Sabotage = {
  ...seeing((run) => (run.intent === undefined ? run : { ...run, intent: { ...run.intent, time: LONG_AGO } })),
  reconcilerClock: (real) => ({ ...real, monotonic: () => real.monotonic() * 1_000_000 }),
};

/** A request leaves however old its intent is. */
export const noSendWindow: Sabotage = { submissions: WithoutWindow };

/** The cached Pod is good enough to send to. */
export const noFreshRead: Sabotage = {
  nodes: (real): NodeDirectory => ({
    inNamespace: (namespace) => real.inNamespace(namespace).map((node) => ({ ...node, live: true })),
    readLive: (namespace, name) => real.readLive(namespace, name),
  }),
};

/** What a deleted object had begun is forgotten. */
export const noTombstone: Sabotage = { submissions: WithoutTombstone };

/** A lost operation is started again at once. */
export const noWaitAfterLoss: Sabotage = seeing((run) => {
  const { notBefore: _notBefore, ...rest } = run;
  return run.previous?.reason === undefined ? run : rest;
});

/** What another run waits for after a loss holds nobody else back. */
export const noWaitOfOthers: Sabotage = {
  neighbours: (real) =>
    altered(real, () => ({
      get: (key) => {
        const one = real.get(key);
        const nodes = (one?.status.nodes ?? []).map(({ previous: _previous, ...rest }) => rest);
        return one && { ...one, status: { ...one.status, nodes } };
      },
    })),
};

/** A list from before a request counts after it. */
export const noListAfterRequest: Sabotage = { submissions: WithoutMemory };

/** The lease is not asked for between an intent and its request. */
export const noFence: Sabotage = { submissions: WithoutFence };

/** A term begins with what the watch has brought so far. */
export const noCatchUp: Sabotage = { catchUp: async () => {} };
