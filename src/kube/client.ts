// Loads the KubeConfig and makes the typed APIs over our transport. The only module that imports values of client-node.
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
  /** The namespace of the kubeconfig's context, or of the Pod this runs in. */
  namespace: string | undefined;
  /** Drops idle connections. */
  close(): void;
}

/** How a client is made. */
export interface KubeClientOptions {
  clock: Clock;
  userAgent: string;
  /** Path of a kubeconfig; absent = $KUBECONFIG, else the ServiceAccount of the Pod, else ~/.kube/config. */
  kubeconfig?: string;
  /** Name of a context of that kubeconfig; absent = its current one. */
  context?: string;
  onRequest?: (report: ApiRequestReport) => void;
  /** Deadline of one exchange in milliseconds; default 10,000. */
  timeoutMs?: number;
  /** Largest answer, in bytes; default 32 MiB. */
  maxBytes?: number;
}

/** Leases have a connection of their own, and half of their renewal deadline for one try. */
const LEASE_TIMEOUT_MS = 5_000;

/** Throws where there is no usable kubeconfig. Opens no connection yet. */
export function createKubeClient(options: KubeClientOptions): KubeClient {
  const { clock, kubeconfig, context, onRequest, ...others } = options;
  const load = () => loadKubeConfig(kubeconfig, context);
  const config = load();
  const server = config.getCurrentCluster()?.server.replace(/\/+$/, '');
  if (server === undefined) throw new Error('the kubeconfig names no cluster');
  const { host } = new URL(server);
  const rest = {
    ...others,
    ...(onRequest !== undefined && { onRequest: (report: RequestReport) => onRequest({ ...report, host }) }),
  };
  const credentials = createCredentials(load, clock);
  const transport = createTransport({ ...rest, credentials });
  const urgent = createTransport({
    ...rest,
    credentials,
    timeoutMs: Math.min(LEASE_TIMEOUT_MS, rest.timeoutMs ?? LEASE_TIMEOUT_MS),
  });
  const baseServer = new ServerConfiguration(server, {});
  const configuration = createConfiguration({ baseServer, httpApi: httpLibrary(transport) });
  return {
    ...createReader(transport, server),
    customObjects: new CustomObjectsApi(configuration),
    coordination: new CoordinationV1Api(createConfiguration({ baseServer, httpApi: httpLibrary(urgent) })),
    events: new EventsV1Api(configuration),
    namespace: config.getContextObject(config.getCurrentContext())?.namespace,
    close: () => {
      transport.close();
      urgent.close();
    },
  };
}

function loadKubeConfig(path: string | undefined, context: string | undefined): KubeConfig {
  const config = new KubeConfig();
  const inPod = process.env['KUBERNETES_SERVICE_HOST'] !== undefined && !process.env['KUBECONFIG'];
  try {
    if (path !== undefined) config.loadFromFile(path);
    else if (inPod) config.loadFromCluster();
    else config.loadFromDefault();
  } catch (error) {
    // Below its first line a YAML parser quotes what stands around the mistake: in a kubeconfig, tokens and keys.
    const [why] = String(error instanceof Error ? error.message : error).split('\n');
    throw new Error(`the kubeconfig cannot be read: ${why}`);
  }
  if (context !== undefined) config.setCurrentContext(context);
  return config;
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
