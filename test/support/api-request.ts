// Plain requests to a real API server as its admin: quicker than kubectl, for tests that write often or do what kubectl hides.
import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:https';
import type { CassandraCleanup } from '../../src/api/generated.ts';
import type { SharedControlPlane } from './control-plane.ts';

export interface AdminRequest {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  path: string;
  body?: unknown;
  /** Default: the admin's. */
  token?: string;
}

export interface AdminAnswer {
  status: number;
  // biome-ignore lint/suspicious/noExplicitAny: JSON of whatever was asked for.
  body: any;
}

const agent = new Agent({ keepAlive: true, rejectUnauthorized: false });

/** One request; a PATCH is a merge patch. A refusal is an answer, not an error. */
export function adminRequest(plane: SharedControlPlane, asked: AdminRequest): Promise<AdminAnswer> {
  const { method, path, body } = asked;
  const token = asked.token ?? JSON.parse(readFileSync(plane.kubeconfig, 'utf8')).users[0].user.token;
  const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
  const sent = body === undefined ? '' : JSON.stringify(body);
  const headers = {
    authorization: `Bearer ${token}`,
    accept: 'application/json',
    'content-type': type,
    'content-length': Buffer.byteLength(sent), // Node gives a DELETE none, and its body would be read as the next request
  };
  return new Promise((resolve, reject) => {
    request(new URL(path, plane.url), { method, headers, agent }, (answer) => {
      let text = '';
      answer.setEncoding('utf8');
      answer.on('data', (chunk) => {
        text += chunk;
      });
      answer.once('error', reject);
      answer.once('end', () => resolve({ status: answer.statusCode ?? 0, body: parsed(text) }));
    })
      .once('error', reject)
      .end(sent);
  });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return { text };
  }
}

/** Path of one CassandraCleanup, or of the collection. */
export function cleanupPath(namespace: string, name?: string): string {
  const collection = `/apis/cassandra-sidecar.io/v1alpha1/namespaces/${namespace}/cassandracleanups`;
  return name === undefined ? collection : `${collection}/${name}`;
}

/** Writes into the status of a CassandraCleanup what somebody else, or another version, might have written: a merge patch. */
export async function patchStatus(
  plane: SharedControlPlane,
  namespace: string,
  status: object,
): Promise<CassandraCleanup> {
  const path = `${cleanupPath(namespace, 'cleanup')}/status`;
  const answer = await adminRequest(plane, { method: 'PATCH', path, body: { status } });
  if (answer.status !== 200) throw new Error(JSON.stringify(answer.body));
  return answer.body;
}
