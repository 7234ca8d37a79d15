// All that leaves an operator for people to read: its log, its Events and the labels of its metrics; and the secret that is
// planted where an operator sees it (labels, annotations, operations of others) and that none of them may show.
import type { EventSink, Log } from '../../src/controller/ports.ts';
import type { Operation } from '../../src/core/model.ts';
import { id, NOW } from '../support/builders.ts';
import type { Gate } from './gate.ts';
import type { Process } from './process.ts';

/** Planted in every world; must never come out. */
export const SECRET = 'hunter2-planted-secret';

/** What every Sidecar lists beside our own: an operation of somebody else. */
export const FOREIGN: Operation = {
  ...{ id: id(666), type: 'backup', state: 'COMPLETED', progress: 1, keyspace: SECRET, tables: [SECRET] },
  ...{ creationTime: new Date(NOW - 60_000).toISOString(), completionTime: new Date(NOW - 30_000).toISOString() },
  notes: [SECRET],
};

type OnText = (text: string) => void;

/** A log that shows all that src/telemetry/logger.ts may show, and more: of an error its message, stack and causes. */
export function logTo(onText: OnText): Log {
  const write = (message: string, keys?: Record<string, unknown>) =>
    onText(`${message} ${JSON.stringify(keys, (_key, value: unknown) => shown(value))}`);
  return { debug: write, info: write, warn: write, error: write };
}

/** Events, each an effect of its process. */
export function eventSink(gate: Gate, process: Process, onText: OnText): EventSink {
  return {
    emit(_resource, events) {
      for (const event of events) {
        const perform = () => onText(JSON.stringify(event));
        void gate.call(process, { kind: 'event', what: event.reason, latencyMs: 4, perform, broken: () => {} });
      }
    },
  };
}

function shown(value: unknown): unknown {
  if (!(value instanceof Error)) return value;
  const { message, stack, cause } = value;
  return { ...value, message, stack, cause };
}
