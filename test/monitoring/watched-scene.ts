// A scene with a Prometheus that watches its operators.
import { freePort } from '../support/free-port.ts';
import type { OperatorOptions, OperatorProcess } from '../support/operator-process.ts';
import { operatorOf, type Scene } from '../support/scene.ts';
import { startPrometheus, type TestPrometheus } from './prometheus.ts';

/** An operator, and where its metrics are. */
export interface WatchedOperator {
  operator: OperatorProcess;
  port: number;
}

/** An operator of the scene that serves metrics. */
export async function watchedOperator(scene: Scene, options: Partial<OperatorOptions> = {}): Promise<WatchedOperator> {
  const port = await freePort();
  const flags = [...(options.flags ?? []), `--metrics-address=127.0.0.1:${port}`];
  return { operator: await operatorOf(scene, { ...options, flags }), port };
}

/** A Prometheus that scrapes these operators, and ends with the scene. */
export async function prometheusOf(scene: Scene, ports: readonly number[], hurry?: number): Promise<TestPrometheus> {
  const prometheus = await startPrometheus(ports, hurry);
  scene.ends.push(() => prometheus.stop());
  return prometheus;
}
