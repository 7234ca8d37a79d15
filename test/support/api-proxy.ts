// A reverse proxy before a real API server, for its worst days: one request held before it is forwarded or its answer held,
// refusals of its own, watches that are closed at once or that go silent. It notes every request.

import { readFileSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { Agent, request } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { OPERATOR, type SharedControlPlane } from './control-plane.ts';

/** Tested on path (with its query) and body. */
type Match = (path: string, body: string) => boolean;

export interface HoldRule {
  /** `request`: the API server never sees it. `answer`: it is carried out, and nobody hears of it. */
  what: 'request' | 'answer';
  method: string;
  matches: Match;
}

/** What the proxy says by itself, in place of the API server; without a status it breaks the connection. */
export interface Refusal {
  /** Absent = every method. */
  method?: string;
  matches: Match;
  status?: number;
  headers?: Readonly<Record<string, string>>;
  /** Default: a Status with this code. */
  body?: string;
}

/** A request that has arrived. */
export interface ProxiedRequest {
  method: string;
  path: string;
  body: string;
  /** Milliseconds, monotonic. */
  at: number;
  /** Of the answer that was sent, once it was. */
  status?: number;
}

export interface ApiProxy {
  /** A kubeconfig of the operator that goes through the proxy. */
  readonly kubeconfig: string;
  readonly url: string;
  /** Everything that arrived, in order. */
  readonly requests: readonly ProxiedRequest[];
  /** From now on the first request that matches is held; resolves when one is, with what lets it go on. */
  hold(rule: HoldRule): Promise<() => void>;
  /** From now on such requests are refused; returns what ends it. */
  refuse(refusal: Refusal): () => void;
  /** Not one byte more comes through the watches that are open now: half open. The number of them. */
  mute(): number;
  /** Breaks the connections of the watches that are open now. */
  cut(): void;
  /** Breaks all connections and ends. */
  close(): Promise<void>;
}

/** A watch that is open. */
interface Stream {
  muted: boolean;
  outgoing: ServerResponse;
}

interface State {
  target: string;
  agent: Agent;
  holds: { rule: HoldRule; resolve: (release: () => void) => void }[];
  refusals: Set<Refusal>;
  requests: ProxiedRequest[];
  streams: Set<Stream>;
}

/** Whether a request is a watch. */
export const isWatch = (path: string): boolean => path.includes('watch=1');

/** Starts a proxy that speaks plain HTTP on loopback. */
export async function startApiProxy(plane: SharedControlPlane): Promise<ApiProxy> {
  const agent = new Agent({ keepAlive: true, rejectUnauthorized: false });
  const state: State = { target: plane.url, agent, holds: [], refusals: new Set(), requests: [], streams: new Set() };
  const server = createServer((incoming, outgoing) => void pass(state, incoming, outgoing));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}`;
  return {
    kubeconfig: throughProxy(plane, await plane.kubeconfigFor(OPERATOR), url),
    url,
    requests: state.requests,
    hold: (rule) => new Promise((resolve) => state.holds.push({ rule, resolve })),
    refuse: (refusal) => {
      state.refusals.add(refusal);
      return () => void state.refusals.delete(refusal);
    },
    mute: () => {
      for (const stream of state.streams) stream.muted = true;
      return state.streams.size;
    },
    cut: () => {
      for (const { outgoing } of state.streams) outgoing.destroy();
    },
    close: async () => {
      server.closeAllConnections();
      agent.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function throughProxy(plane: SharedControlPlane, source: string, url: string): string {
  const path = join(plane.directory, `proxied-${new URL(url).port}.kubeconfig`);
  const config = parse(readFileSync(source, 'utf8'));
  config.clusters[0].cluster = { server: url, 'insecure-skip-tls-verify': true };
  writeFileSync(path, stringify(config));
  return path;
}

async function pass(state: State, incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  const noted = await read(incoming);
  const { method, path, body } = noted;
  state.requests.push(noted);
  const concerns = (rule: { method?: string; matches: Match }) =>
    (rule.method ?? method) === method && rule.matches(path, body);
  const refusal = [...state.refusals].find(concerns);
  if (refusal !== undefined) {
    refuse(refusal, noted, outgoing);
    return;
  }
  const held = state.holds.find(({ rule }) => concerns(rule));
  if (held !== undefined) state.holds.splice(state.holds.indexOf(held), 1);
  const holdIf = async (what: HoldRule['what']) => {
    if (held?.rule.what === what) await new Promise<void>((release) => held.resolve(release));
  };
  await holdIf('request');
  const answer = await forward(state, incoming, noted);
  await holdIf('answer');
  if (answer === undefined) outgoing.destroy();
  else answered(state, noted, answer, outgoing);
}

async function read(incoming: IncomingMessage): Promise<ProxiedRequest> {
  const at = performance.now();
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk);
  return { method: incoming.method ?? '', path: incoming.url ?? '', body: Buffer.concat(chunks).toString(), at };
}

function answered(state: State, noted: ProxiedRequest, answer: IncomingMessage, outgoing: ServerResponse): void {
  noted.status = answer.statusCode ?? 502;
  outgoing.writeHead(noted.status, answer.headers);
  if (isWatch(noted.path)) stream(state, answer, outgoing);
  else answer.pipe(outgoing);
}

function refuse({ status, headers, body }: Refusal, noted: ProxiedRequest, outgoing: ServerResponse): void {
  if (status === undefined) {
    outgoing.destroy();
    return;
  }
  noted.status = status;
  const said = { kind: 'Status', apiVersion: 'v1', status: 'Failure', message: 'refused by the proxy', code: status };
  outgoing.writeHead(status, { 'content-type': 'application/json', ...headers }).end(body ?? JSON.stringify(said));
}

/** The API server's answer, its body still to come; undefined = none. */
function forward(state: State, incoming: IncomingMessage, noted: ProxiedRequest): Promise<IncomingMessage | undefined> {
  const { method, path, body } = noted;
  const options = { method, headers: incoming.headers, agent: state.agent };
  return new Promise((resolve) => {
    request(new URL(path, state.target), options, resolve)
      .once('error', () => resolve(undefined))
      .end(body);
  });
}

/** A watch goes through byte by byte until it is muted; then not even its end is heard. */
function stream(state: State, answer: IncomingMessage, outgoing: ServerResponse): void {
  const one: Stream = { muted: false, outgoing };
  state.streams.add(one);
  outgoing.flushHeaders();
  const unlessMuted = (act: () => void) => {
    if (!one.muted) act();
  };
  answer.on('data', (chunk) => unlessMuted(() => outgoing.write(chunk)));
  answer.once('end', () => unlessMuted(() => outgoing.end()));
  answer.once('error', () => unlessMuted(() => outgoing.destroy()));
  outgoing.once('close', () => {
    state.streams.delete(one);
    answer.destroy();
  });
}
