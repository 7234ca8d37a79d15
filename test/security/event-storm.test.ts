// A day of trouble in virtual time: what a run goes through is told as Events, and what goes on being the same is not.
import { expect, test } from '@jest/globals';
import { eventsBetween, type RunEvent } from '../../src/core/events.ts';
import type { Node, RunStatus, SidecarView } from '../../src/core/model.ts';
import { EventBudget } from '../../src/kube/event-budget.ts';
import { answer, HOUR, NOW, node, planned, SECOND, silence } from '../support/builders.ts';

const STEP = 10 * SECOND;
const DAY = 24 * HOUR;

/** What one look at the cluster finds: how Pod b is, or what every Sidecar's silence looks like. */
type Scene = { pod: Partial<Node> } | { silence: string };

function seen(scene: Scene, now: number) {
  const ageMs = NOW - now + 100;
  if ('pod' in scene) {
    const views: Record<string, SidecarView> = { a: { list: answer([], ageMs) } };
    return { nodes: [node('a'), node('b', scene.pod), node('c')], views };
  }
  const quiet = { list: silence(scene.silence, ageMs) };
  return { views: { a: quiet, b: quiet, c: quiet } };
}

/** A day with another scene every ten seconds: the Events that changes gave, and those that went out. */
function dayOf(scenes: readonly Scene[]) {
  const budget = new EventBudget();
  const raised: RunEvent[] = [];
  const out: RunEvent[] = [];
  let status: RunStatus = { observedGeneration: -1, state: 'Pending' };
  for (let passed = 0; passed < DAY; passed += STEP) {
    const now = NOW + passed;
    const scene = scenes[(passed / STEP) % scenes.length] ?? { pod: {} };
    const after = planned({ now, status, spec: { backoffLimitPerNode: 100 }, ...seen(scene, now) }).status;
    const events = eventsBetween(status, after);
    raised.push(...events);
    out.push(...events.filter((event) => budget.allows('uid', event, passed)));
    status = after;
  }
  return { raised, out };
}

function textsOf(events: readonly RunEvent[]): string[] {
  return [...new Set(events.map(({ reason, note }) => `${reason}: ${note}`))];
}

test('a day of trouble that changes every ten seconds: each trouble six times an hour at most, and none hidden', () => {
  const { raised, out } = dayOf([
    { pod: { ready: false } },
    { silence: 'connection refused' },
    { pod: { terminating: true } },
    { silence: 'no answer within 10 s' },
  ]);
  expect(raised.length).toBeGreaterThan(5_000);
  expect(textsOf(out)).toEqual(textsOf(raised));
  expect(out.length).toBeLessThanOrEqual(24 * 6 * textsOf(raised).length);
});

test('a day of the same trouble is one Event', () => {
  const { raised } = dayOf([{ pod: { ready: false } }]);
  expect(textsOf(raised)).toEqual(['ClusterUnstable: Pod b is not Ready']);
  expect(raised).toHaveLength(1);
});
