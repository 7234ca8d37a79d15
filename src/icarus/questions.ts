// The four questions that a watcher asks, how each is put to the client, and how its answer gets into the view.
import { SidecarFault } from '../controller/errors.ts';
import type { SidecarClient, SidecarTarget } from '../controller/ports.ts';
import type { Answer, CassandraState, Need, Node, Operation, OperationAnswer, SidecarView } from '../core/model.ts';
import { boundText } from './bounded-text.ts';
import { mergedLists } from './list-reader.ts';

/** What is asked: a need without its time. */
export type Question = Pick<Need, 'what' | 'id'>;

/** Lists and operations must not wait for `/status`, which can hang for a minute (docs/sidecar.md, What is unusual 11): a lane for each. */
export type LaneName = 'memory' | 'jmx';

/** What a view's `operation` remembers of one id. */
export interface OperationMemory {
  firstAskedAt: number;
  /** The last answer that was an operation. */
  good?: Operation;
}

/** `memory` = answered from the Sidecar's own memory, `jmx` = Cassandra is asked. */
export function laneOf(question: Question): LaneName {
  return question.what === 'list' || question.what === 'operation' ? 'memory' : 'jmx';
}

/** The same text for the same question. */
export function nameOf(question: Question): string {
  return question.what === 'operation' ? `operation ${question.id ?? ''}` : question.what;
}

/** The whole answer to a question; throws `SidecarFault`. Lists of several types are asked one after the other and merged. */
export async function askClient(
  client: SidecarClient,
  target: SidecarTarget,
  question: Question,
  types: readonly string[],
) {
  switch (question.what) {
    case 'operation':
      return client.operation(target, question.id ?? '');
    case 'cassandra':
      return client.cassandra(target);
    case 'version':
      return client.version(target);
    case 'list': {
      const lists: (readonly Operation[])[] = [];
      for (const type of types) lists.push(await client.list(target, type));
      return mergedLists(lists);
    }
  }
}

/** Where to call; throws `SidecarFault` (`unreachable`) where this Pod's Sidecar cannot or must not be called. */
export function targetOf(node: Node | undefined): SidecarTarget {
  if (node === undefined) throw new SidecarFault('unreachable', 'the Pod is not known');
  if (node.refused !== undefined) throw new SidecarFault('unreachable', node.refused);
  if (node.ip === undefined) throw new SidecarFault('unreachable', `Pod ${node.name} has no IP address`);
  if (node.port === undefined) throw new SidecarFault('unreachable', `Pod ${node.name} has no Sidecar container`);
  return { uid: node.uid, ip: node.ip, port: node.port };
}

/** Any error of a call as data. */
export function asSidecarError(error: unknown): NonNullable<Answer<unknown>['error']> {
  if (error instanceof SidecarFault) return { kind: error.kind, message: boundText(error.message, 256) };
  return { kind: 'unreachable', message: 'an unexpected error of the HTTP client' };
}

/** An answer of any kind; what its value is follows from the question. */
export type AnyAnswer = Answer<readonly Operation[] | OperationAnswer | CassandraState | string>;

/** The view with all its times moved by `ms`. */
export function shifted({ list, cassandra, version, operation }: SidecarView, ms: number): SidecarView {
  const moved = <T extends Answer<unknown>>(answer: T): T => ({
    ...answer,
    askedAt: answer.askedAt + ms,
    answeredAt: answer.answeredAt + ms,
  });
  return {
    ...(list && { list: moved(list) }),
    ...(cassandra && { cassandra: moved(cassandra) }),
    ...(version && { version: moved(version) }),
    ...(operation && { operation: { ...moved(operation), firstAskedAt: operation.firstAskedAt + ms } }),
  };
}

/** The view with this answer in the place of the last one to the same question. */
export function withAnswer(
  view: SidecarView,
  question: Question,
  answer: AnyAnswer,
  memory: OperationMemory | undefined,
): SidecarView {
  if (question.what !== 'operation') return { ...view, [question.what]: answer };
  const { askedAt, answeredAt, error } = answer;
  const value = answer.value as OperationAnswer | undefined;
  return {
    ...view,
    operation: {
      id: question.id ?? '',
      askedAt,
      answeredAt,
      firstAskedAt: memory?.firstAskedAt ?? askedAt,
      ...(memory?.good === undefined ? {} : { earlier: memory.good }),
      ...(value === undefined ? {} : { value }),
      ...(error === undefined ? {} : { error }),
    },
  };
}
