// A queue and its workers as client-go measures them, with a controller whose time the test owns.
import { expect, test } from '@jest/globals';
import { Controller, type Result } from '../../src/runtime/controller.ts';
import { createMetrics } from '../../src/telemetry/metrics.ts';
import { WorkMeter } from '../../src/telemetry/work-meter.ts';
import { settled, VirtualClock } from '../support/virtual-clock.ts';
import { samplesOf } from './page.ts';

const label = 'name="cassandracleanup"';
const controllerLabel = 'controller="cassandracleanup"';

/** A controller of one worker; the first reconcile that waits ends as the test says. */
async function rig() {
  const clock = new VirtualClock(0);
  const metrics = await createMetrics();
  const meter = new WorkMeter(metrics, clock, 1);
  const calls: PromiseWithResolvers<Result>[] = [];
  const reconcile = meter.measured(() => {
    const call = Promise.withResolvers<Result>();
    calls.push(call);
    return call.promise;
  });
  const options = { clock, random: () => 0.5, workers: 1, groupOf: () => '' };
  const controller = new Controller({ ...options, reconcile, queueMeter: meter });
  const end = async (how: Result | Error) => {
    const call = calls.shift();
    if (how instanceof Error) call?.reject(how);
    else call?.resolve(how);
    await settled();
  };
  return { clock, metrics, controller, end, samples: (prefix: string) => samplesOf(metrics, prefix) };
}

test('a key waits from when it is added until a worker takes it, once, however often it is added', async () => {
  const { clock, controller, samples, end } = await rig();
  controller.start();
  for (const key of ['first', 'a', 'a', 'b']) controller.enqueue(key);
  expect(await samples('workqueue_depth')).toEqual({ [`workqueue_depth{${label}}`]: 2 });
  await clock.advance(2_000);
  await end({});
  await clock.advance(4_000);
  await end({});
  expect(await samples('workqueue_depth')).toEqual({});
  expect(await samples('workqueue_adds_total')).toEqual({ [`workqueue_adds_total{${label}}`]: 3 });
  // The first did not wait, a for 2 s, b for 6 s.
  expect(await samples('workqueue_queue_duration_seconds_sum')).toEqual({
    [`workqueue_queue_duration_seconds_sum{${label}}`]: 8,
  });
  expect(await samples('workqueue_queue_duration_seconds_bucket{le="5"')).toEqual({
    [`workqueue_queue_duration_seconds_bucket{le="5",${label}}`]: 2,
  });
});

test('what is under way shows while it lasts, and is measured when it has ended', async () => {
  const { clock, controller, samples, end } = await rig();
  controller.start();
  controller.enqueue('a');
  await clock.advance(3_000);
  expect(await samples('controller_runtime_active_workers')).toEqual({
    [`controller_runtime_active_workers{${controllerLabel}}`]: 1,
  });
  expect(await samples('workqueue_unfinished_work_seconds')).toEqual({
    [`workqueue_unfinished_work_seconds{${label}}`]: 3,
  });
  expect(await samples('workqueue_longest_running')).toEqual({
    [`workqueue_longest_running_processor_seconds{${label}}`]: 3,
  });
  await end({});
  expect(await samples('controller_runtime_active_workers')).toEqual({});
  expect(await samples('controller_runtime_reconcile_time_seconds_sum')).toEqual({
    [`controller_runtime_reconcile_time_seconds_sum{${controllerLabel}}`]: 3,
  });
  expect(await samples('workqueue_work_duration_seconds_count')).toEqual({
    [`workqueue_work_duration_seconds_count{${label}}`]: 1,
  });
});

test.each<[what: string, how: Result | Error, counted: Record<string, number>]>([
  ['that is done is a success', {}, { success: 1 }],
  ['that looks again later is put back', { recheckAt: 60_000 }, { requeue_after: 1, retries: 1 }],
  ['that fails is an error, and put back', new Error('no'), { error: 1, retries: 1, errors: 1 }],
])('a reconcile %s', async (_what, how, counted) => {
  const { controller, samples, end } = await rig();
  controller.start();
  controller.enqueue('a');
  await end(how);
  const results = ['success', 'requeue_after', 'error'].map((result) => [
    `controller_runtime_reconcile_total{${controllerLabel},result="${result}"}`,
    result,
  ]);
  const names = {
    ...Object.fromEntries(results),
    [`workqueue_retries_total{${label}}`]: 'retries',
    [`controller_runtime_reconcile_errors_total{${controllerLabel}}`]: 'errors',
  };
  const all = { ...(await samples('controller_runtime_reconcile_')), ...(await samples('workqueue_retries_total')) };
  const known = Object.entries(all).filter(([name]) => name in names);
  expect(Object.fromEntries(known.map(([name, value]) => [names[name], value]))).toEqual(counted);
});

test('the number of workers is told', async () => {
  const { samples } = await rig();
  expect(await samples('controller_runtime_max_concurrent_reconciles')).toEqual({
    [`controller_runtime_max_concurrent_reconciles{${controllerLabel}}`]: 1,
  });
});
