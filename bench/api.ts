// The bench's own requests to the API server, as its admin: few connections, kept; many things at once, but not too many.
import { readFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { Agent, request } from 'node:https';
import type { SharedControlPlane } from '../test/support/control-plane.ts';

export const CLEANUPS = '/apis/cassandra-sidecar.io/v1alpha1';
const AT_ONCE = 12;

/** One kind of answer is an error: all but 2xx. */
export interface Api {
  ask(method: 'GET' | 'POST' | 'PUT' | 'DELETE', path: string, body?: unknown): Promise<unknown>;
  /** Opens a watch; `onLine` hears every event, `onEnd` that it is over, whatever the reason. The answer ends it. */
  watch(path: string, onLine: (line: string) => void, onEnd: () => void): Promise<() => void>;
  close(): void;
}

export function createApi(plane: SharedControlPlane): Api {
  const agent = new Agent({ keepAlive: true, maxSockets: AT_ONCE, rejectUnauthorized: false });
  const token: string = JSON.parse(readFileSync(plane.kubeconfig, 'utf8')).users[0].user.token;
  const authorization = `Bearer ${token}`;
  return {
    ask: async (method, path, body) => {
      const sent = body === undefined ? '' : JSON.stringify(body);
      const headers = { authorization, 'content-type': 'application/json', 'content-length': Buffer.byteLength(sent) };
      const answer = await new Promise<IncomingMessage>((resolve, reject) => {
        request(new URL(path, plane.url), { method, headers, agent }, resolve).once('error', reject).end(sent);
      });
      const text = await textOf(answer);
      if ((answer.statusCode ?? 0) > 299)
        throw new Error(`${method} ${path}: ${answer.statusCode} ${text.slice(0, 500)}`);
      return JSON.parse(text);
    },
    watch: (path, onLine, onEnd) => {
      const accept = 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1';
      return new Promise((resolve, reject) => {
        const asked = request(
          new URL(path, plane.url),
          { headers: { authorization, accept }, agent: false, rejectUnauthorized: false },
          (answer) => {
            if (answer.statusCode !== 200) return reject(new Error(`watch ${path}: ${answer.statusCode}`));
            eachLine(answer, onLine);
            answer.once('close', onEnd);
            return resolve(() => asked.destroy());
          },
        );
        asked.on('error', reject).end();
      });
    },
    close: () => agent.destroy(),
  };
}

/** Does something with each, a dozen at a time. */
export async function eachOf<T>(
  all: readonly T[],
  action: (one: T) => Promise<unknown>,
  atOnce = AT_ONCE,
): Promise<void> {
  const rest = all.values();
  const worker = async () => {
    for (const one of rest) await action(one);
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
}

async function textOf(answer: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of answer) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

function eachLine(answer: IncomingMessage, onLine: (line: string) => void): void {
  let rest = '';
  answer.setEncoding('utf8').on('error', () => {});
  answer.on('data', (chunk: string) => {
    const lines = `${rest}${chunk}`.split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) onLine(line);
  });
}
