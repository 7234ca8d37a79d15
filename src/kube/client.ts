// Loads the KubeConfig and makes the typed APIs over our transport. The only module that imports values of client-node.
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import {
  CoordinationV1Api,
  CustomObjectsApi,
  createConfiguration,
  EventsV1Api,
  type HttpLibrary,
  KubeConfig,
  type RequestContext,
  type ResponseBody,
  ResponseContext,
  ServerConfiguration,
  wrapHttpLibrary,
} from '@kubernetes/client-node';
import type { Clock } from '../runtime/clock.ts';
import { createCredentials } from './credentials.ts';
import { createReader, type KubeReader } from './reader.ts';
import { type ApiRequest, createTransport, type RequestReport, type Transport } from './transport.ts';

/** What became of a request, for metrics, and who was asked: host and port. */
export interface ApiRequestReport extends RequestReport {
  host: string;
}

/** Everything the adapters of this folder need of an API server. The typed APIs throw ApiErrors too. */
export interface KubeClient extends KubeReader {
  customObjects: CustomObjectsApi;
  coordination: CoordinationV1Api;
  events: EventsV1Api;
  /** Drops idle connections. */
  close(): void;
}

/** How a client is made. */
export interface KubeClientOptions {
  clock: Clock;
  userAgent: string;
  /** Path of a kubeconfig; absent = $KUBECONFIG, else the ServiceAccount of the Pod, else ~/.kube/config. */
  kubeconfig?: string;
  onRequest?: (report: ApiRequestReport) => void;
}

/** Leases have a connection of their own, and half of their renewal deadline for one try. */
const LEASE_TIMEOUT_MS = 5_000;

/** Throws where there is no usable kubeconfig. Opens no connection yet. */
export function createKubeClient(options: KubeClientOptions): KubeClient {
  const { clock, kubeconfig, onRequest, userAgent } = options;
  const load = () => loadKubeConfig(kubeconfig);
  const config = load();
  const server = config.getCurrentCluster()?.server.replace(/\/+$/, '');
  if (server === undefined) throw new Error('the kubeconfig names no cluster');
  const { host } = new URL(server);
  const rest = {
    userAgent,
    ...(onRequest !== undefined && { onRequest: (report: RequestReport) => onRequest({ ...report, host }) }),
  };
  const credentials = createCredentials(load, clock);
  const transport = createTransport({ ...rest, credentials });
  const urgent = createTransport({ ...rest, credentials, timeoutMs: LEASE_TIMEOUT_MS });
  const baseServer = new ServerConfiguration(server, {});
  const configuration = createConfiguration({ baseServer, httpApi: httpLibrary(transport) });
  return {
    ...createReader(transport, server),
    customObjects: new CustomObjectsApi(configuration),
    coordination: new CoordinationV1Api(createConfiguration({ baseServer, httpApi: httpLibrary(urgent) })),
    events: new EventsV1Api(configuration),
    close: () => {
      transport.close();
      urgent.close();
    },
  };
}

function loadKubeConfig(given: string | undefined): KubeConfig {
  const config = new KubeConfig();
  const path = given ?? pathOfMachine();
  try {
    if (path === undefined) config.loadFromCluster();
    else if (given === undefined) config.loadFromDefault();
    else config.loadFromFile(given);
  } catch (error) {
    // Below its first line a YAML parser quotes what stands around the mistake: in a kubeconfig, tokens and keys.
    const [why] = String(error instanceof Error ? error.message : error).split('\n');
    throw new Error(`the kubeconfig ${path ?? 'of the Pod'} cannot be read: ${why}`);
  }
  return config;
}

/** Where the kubeconfig is when nobody says it; undefined = in the Pod. Throws where there is none: client-node would call
 *  http://localhost:8080 then. */
function pathOfMachine(): string | undefined {
  if (process.env['KUBECONFIG']) return process.env['KUBECONFIG'];
  if (process.env['KUBERNETES_SERVICE_HOST'] !== undefined) return undefined;
  const home = join(homedir(), '.kube', 'config');
  if (existsSync(home)) return home;
  throw new Error(`there is no kubeconfig: none by --kubeconfig, $KUBECONFIG or at ${home}, and this is no Pod`);
}

/** The generated APIs speak to the transport instead of undici. */
function httpLibrary(transport: Transport): HttpLibrary {
  return wrapHttpLibrary({
    async send(request: RequestContext): Promise<ResponseContext> {
      const body = request.getBody();
      const signal = request.getSignal();
      const {
        status,
        headers,
        body: text,
      } = await transport.send({
        method: request.getHttpMethod() as ApiRequest['method'],
        url: request.getUrl(),
        headers: lowerCased(request.getHeaders()),
        ...(typeof body === 'string' && { body }),
        ...(signal !== undefined && { signal }),
      });
      return new ResponseContext(status, headers as Record<string, string>, bodyOf(text));
    },
  });
}

function lowerCased(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}

function bodyOf(text: string): ResponseBody {
  return { text: async () => text, binary: async () => Buffer.from(text), stream: () => null };
}
