// What a Cassandra node is started with: its configuration files and its JVM flags (Java 17, Cassandra 4.0 to 5.0).
import { globSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Who a node is and where it lives. */
export interface NodePlace {
  /** N of 127.0.0.N. */
  index: number;
  version: string;
  ip: string;
  rack: string;
  directory: string;
  jmxPort: number;
  jars: string;
  /** Lines of cassandra.yaml that differ from ours. */
  settings: Readonly<Record<string, string>>;
  /** Further JVM flags. */
  flags: readonly string[];
}

/** Writes conf/ of a node. */
export function writeConfiguration(place: NodePlace): void {
  const conf = join(place.directory, 'conf');
  mkdirSync(conf, { recursive: true });
  const lines = Object.entries({ ...defaults(place), ...place.settings }).map(([key, value]) => `${key}: ${value}\n`);
  writeFileSync(join(conf, 'cassandra.yaml'), lines.join(''));
  writeFileSync(join(conf, 'cassandra-rackdc.properties'), `dc=dc1\nrack=${place.rack}\nprefer_local=false\n`);
  writeFileSync(join(conf, 'logback.xml'), logback(join(place.directory, 'system.log')));
}

function defaults({ index, version, ip, directory }: NodePlace): Record<string, string> {
  const folder = (name: string) => join(directory, name);
  return {
    cluster_name: 'real',
    num_tokens: '4',
    initial_token: `"${tokensOf(index)}"`,
    partitioner: 'org.apache.cassandra.dht.Murmur3Partitioner',
    listen_address: ip,
    rpc_address: ip,
    native_transport_port: '9042',
    storage_port: '7000',
    data_file_directories: `[${folder('data')}]`,
    commitlog_directory: folder('commitlog'),
    saved_caches_directory: folder('saved_caches'),
    hints_directory: folder('hints'),
    cdc_raw_directory: folder('cdc'),
    commitlog_sync: 'periodic',
    endpoint_snitch: 'GossipingPropertyFileSnitch',
    seed_provider:
      '[{class_name: org.apache.cassandra.locator.SimpleSeedProvider, parameters: [{seeds: "127.0.0.1"}]}]',
    concurrent_compactors: '2',
    auto_snapshot: 'false',
    ...(version.startsWith('4.0.') ? oldSizes : sizes),
  };
}

/** Four of each, evenly spread: two nodes own a half each; a third takes half of what the second has. */
function tokensOf(index: number): string {
  const offset = [0n, 2n ** 61n, 2n ** 60n][index - 1] ?? BigInt(index);
  return Array.from({ length: 4 }, (_, part) => -(2n ** 63n) + BigInt(part) * 2n ** 62n + offset + 1n).join(',');
}

/** In the words of 4.1 and later, which 5.0 shares. */
const sizes = {
  commitlog_sync_period: '10000ms',
  commitlog_segment_size: '8MiB',
  commitlog_total_space: '256MiB',
  compaction_throughput: '0MiB/s',
  stream_throughput_outbound: '24MiB/s',
  memtable_heap_space: '128MiB',
  memtable_offheap_space: '64MiB',
  file_cache_size: '32MiB',
  key_cache_size: '8MiB',
};

/** The same in the words of 4.0. */
const oldSizes = {
  commitlog_sync_period_in_ms: '10000',
  commitlog_segment_size_in_mb: '8',
  commitlog_total_space_in_mb: '256',
  compaction_throughput_mb_per_sec: '0',
  stream_throughput_outbound_megabits_per_sec: '200',
  memtable_heap_space_in_mb: '128',
  memtable_offheap_space_in_mb: '64',
  file_cache_size_in_mb: '32',
  key_cache_size_in_mb: '8',
};

function logback(file: string): string {
  return `<configuration>
  <appender name="FILE" class="ch.qos.logback.core.FileAppender">
    <file>${file}</file>
    <encoder><pattern>%-5level %d{HH:mm:ss.SSS} %logger{0} - %msg%n</pattern></encoder>
  </appender>
  <root level="INFO"><appender-ref ref="FILE" /></root>
</configuration>
`;
}

/** The arguments of `java` for a node. */
export function nodeArguments(place: NodePlace): string[] {
  const { directory, jars, jmxPort, flags } = place;
  const jamm = globSync('jamm-*.jar', { cwd: jars })[0] ?? 'jamm.jar';
  return [
    ...['-Xms512m', '-Xmx512m', '-Xss512k', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'],
    ...['-XX:MaxDirectMemorySize=256m', `-javaagent:${join(jars, jamm)}`, '-Djava.security.manager=allow'],
    '-Djdk.attach.allowAttachSelf=true',
    ...MODULE_FLAGS,
    `-Dcassandra.config=file://${directory}/conf/cassandra.yaml`,
    ...[
      `-Dcassandra.storagedir=${directory}`,
      `-Dcassandra.logdir=${directory}`,
      `-Dcassandra.jmx.local.port=${jmxPort}`,
    ],
    ...['-Dcassandra.ring_delay_ms=2000', '-Dcassandra.skip_wait_for_gossip_to_settle=0'],
    ...['-Dcassandra.superuser_setup_delay_ms=0', '-Dcassandra.consistent.rangemovement=false'],
    ...['-Dio.netty.tryReflectionSetAccessible=true', '-Djava.net.preferIPv4Stack=true', ...flags],
    ...['-cp', `${directory}/conf:${jars}/*`, 'org.apache.cassandra.service.CassandraDaemon'],
  ];
}

/** The arguments of `java` for nodetool. */
export function nodetoolArguments(place: NodePlace, command: readonly string[]): string[] {
  return [
    ...['--add-exports', 'java.base/sun.nio.ch=ALL-UNNAMED', '--add-opens', 'java.base/sun.nio.ch=ALL-UNNAMED'],
    ...['--add-exports', 'java.base/jdk.internal.ref=ALL-UNNAMED', '-XX:TieredStopAtLevel=1'],
    ...['-cp', `${place.jars}/*`, 'org.apache.cassandra.tools.NodeTool', '-p', String(place.jmxPort), ...command],
  ];
}

const EXPORTS = [
  ...['jdk.internal.misc', 'jdk.internal.ref', 'sun.nio.ch', 'java.lang.ref'].map((name) => `java.base/${name}`),
  'java.management.rmi/com.sun.jmx.remote.internal.rmi',
  'java.sql/java.sql',
  ...['sun.rmi.registry', 'sun.rmi.server', 'sun.rmi.transport.tcp'].map((name) => `java.rmi/${name}`),
  'jdk.unsupported/sun.misc',
  'jdk.attach/sun.tools.attach',
];

const OPENS = [
  ...['java.lang', 'java.lang.module', 'java.lang.reflect', 'java.lang.invoke', 'java.io', 'java.net', 'java.nio'],
  ...['java.math', 'java.time', 'java.util', 'java.util.concurrent', 'java.util.concurrent.atomic'],
  ...['java.nio.file.attribute', 'jdk.internal.loader', 'jdk.internal.ref', 'jdk.internal.reflect'],
  ...['jdk.internal.math', 'jdk.internal.module', 'jdk.internal.util.jar', 'sun.nio.ch'],
].map((name) => `java.base/${name}`);

const MODULE_FLAGS = [
  ...EXPORTS.map((name) => `--add-exports=${name}=ALL-UNNAMED`),
  ...[...OPENS, 'jdk.management/com.sun.management.internal', 'java.management/sun.management'].map(
    (name) => `--add-opens=${name}=ALL-UNNAMED`,
  ),
];
