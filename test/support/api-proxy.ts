// A reverse proxy before a real API server, to stop the world at one request: held before it is forwarded, or its answer held.

import { readFileSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { request } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { OPERATOR, type SharedControlPlane } from './control-plane.ts';

export interface HoldRule {
  /** `request`: the API server never sees it. `answer`: it is carried out, and nobody hears of it. */
  what: 'request' | 'answer';
  method: string;
  /** Tested on path and body. */
  matches: (path: string, body: string) => boolean;
}

export interface ApiProxy {
  /** A kubeconfig of the operator that goes through the proxy. */
  readonly kubeconfig: string;
  /** From now on the first request that matches is held for ever; resolves when one is. */
  hold(rule: HoldRule): Promise<void>;
  /** Breaks all connections and ends. */
  close(): Promise<void>;
}

interface Held {
  rule: HoldRule;
  resolve: () => void;
}

/** Starts a proxy that speaks plain HTTP on loopback. */
export async function startApiProxy(plane: SharedControlPlane): Promise<ApiProxy> {
  const rules: Held[] = [];
  const server = createServer((incoming, outgoing) => void pass(plane.url, rules, incoming, outgoing));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    kubeconfig: await throughProxy(plane, port),
    hold: (rule) => new Promise((resolve) => rules.push({ rule, resolve })),
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function throughProxy(plane: SharedControlPlane, port: number): Promise<string> {
  const path = join(plane.directory, `proxied-${port}.kubeconfig`);
  const config = parse(readFileSync(await plane.kubeconfigFor(OPERATOR), 'utf8'));
  config.clusters[0].cluster = { server: `http://127.0.0.1:${port}`, 'insecure-skip-tls-verify': true };
  writeFileSync(path, stringify(config));
  return path;
}

async function pass(url: string, rules: Held[], incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk);
  const body = Buffer.concat(chunks);
  const held = rules.find(
    ({ rule }) => rule.method === incoming.method && rule.matches(incoming.url ?? '', String(body)),
  );
  if (held !== undefined) rules.splice(rules.indexOf(held), 1);
  if (held?.rule.what === 'request') {
    held.resolve();
    return;
  }
  const options = { method: incoming.method, headers: incoming.headers, rejectUnauthorized: false };
  const forwarded = request(new URL(incoming.url ?? '', url), options, (answer) => {
    if (held !== undefined) {
      answer.resume().once('end', held.resolve);
      return;
    }
    outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(outgoing);
    outgoing.once('close', () => answer.destroy());
  });
  forwarded.once('error', () => outgoing.destroy());
  forwarded.end(body);
}
