// The settings: where they come from, which source wins, and the one line that each mistake ends in.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { type Config, ConfigError, readStart } from '../src/config.ts';
import { configurationPage } from '../src/config-help.ts';
import { flagOf, settingNames, settings, variableOf } from '../src/config-table.ts';

const directory = mkdtempSync(join(tmpdir(), 'config-test-'));
afterAll(() => rmSync(directory, { recursive: true }));

let files = 0;
function fileWith(content: string): string {
  const path = join(directory, `${++files}.yaml`);
  writeFileSync(path, content);
  return path;
}
const secret = fileWith('secret');

function start(args: string[], env: Record<string, string> = {}, namespaceFile = '/does/not/exist') {
  return readStart({ args, env, version: '1.2.3', namespaceFile });
}
function config(args: string[], env?: Record<string, string>, namespaceFile?: string): Config {
  const result = start(args, env, namespaceFile);
  if ('print' in result) throw new Error('expected a configuration');
  return result.config;
}
function printed(args: string[]): string {
  const result = start(args);
  if (!('print' in result)) throw new Error('expected a text to print');
  return result.print;
}
function complaint(args: string[], env: Record<string, string> = {}): string {
  try {
    start(args, env);
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  throw new Error('expected a ConfigError');
}

describe('sources', () => {
  test('without any, every setting has its default', () => {
    expect(config([])).toEqual(Object.fromEntries(settingNames.map((name) => [name, settings[name].default])));
  });

  test('a flag beats the environment, which beats the file, which beats the default', () => {
    const file = fileWith('workers: 2\nsidecarPort: 3\nleaseName: from-file\n');
    const env = { CASSANDRA_CLEANUP_WORKERS: '4', CASSANDRA_CLEANUP_SIDECAR_PORT: '5' };
    expect(config(['--config', file, '--workers=6'], env)).toMatchObject({
      workers: 6,
      sidecarPort: 5,
      leaseName: 'from-file',
      logLevel: 'info',
    });
  });

  test('the file can be named by the environment, and by a flag that beats it', () => {
    const env = { CASSANDRA_CLEANUP_CONFIG: fileWith('workers: 2') };
    expect(config([], env).workers).toBe(2);
    expect(config([`--config=${fileWith('workers: 3')}`], env).workers).toBe(3);
  });

  test('the file takes values as YAML has them', () => {
    const file = fileWith('watchNamespaces: [a, b]\nleaderElect: false\nunreachableAfter: 1h30m\nmetricsAddress: 0\n');
    expect(config(['--config', file])).toMatchObject({
      watchNamespaces: ['a', 'b'],
      leaderElect: false,
      unreachableAfterMs: 5_400_000,
      metricsAddress: undefined,
    });
  });

  test('an empty file changes nothing', () => {
    expect(config(['--config', fileWith('# nothing\n')])).toEqual(config([]));
  });

  test('a switch needs no value, and takes one after =', () => {
    expect(config(['--allow-loopback-targets', '--leader-elect=false'])).toMatchObject({
      allowLoopbackTargets: true,
      leaderElect: false,
    });
  });

  test('the last of several equal flags counts', () => {
    expect(config(['--workers=2', '--workers', '3']).workers).toBe(3);
  });

  test("the Lease is in the Pod's own namespace, unless a setting says where", () => {
    const own = fileWith('team-a\n');
    expect(config([], {}, own).leaseNamespace).toBe('team-a');
    expect(config(['--lease-namespace=x'], {}, own).leaseNamespace).toBe('x');
    expect(config([]).leaseNamespace).toBe('cassandra-cleanup');
  });

  test('variables that Kubernetes sets for a Service of the same name are let pass', () => {
    const env = {
      CASSANDRA_CLEANUP_SERVICE_HOST: '10.0.0.1',
      CASSANDRA_CLEANUP_SERVICE_PORT: '80',
      CASSANDRA_CLEANUP_SERVICE_PORT_METRICS: '80',
      CASSANDRA_CLEANUP_PORT: 'tcp://10.0.0.1:80',
      CASSANDRA_CLEANUP_PORT_80_TCP: 'tcp://10.0.0.1:80',
      CASSANDRA_CLEANUP_PORT_80_TCP_ADDR: '10.0.0.1',
    };
    expect(config([], env)).toEqual(config([]));
  });

  test('the result cannot be changed', () => {
    expect(Object.isFrozen(config([]))).toBe(true);
  });
});

describe('values', () => {
  test.each<[flag: string, value: unknown]>([
    ['--watch-namespaces=', []],
    ['--watch-namespaces=a, b,a', ['a', 'b']],
    ['--rack-labels=rack,example.com/zone', ['rack', 'example.com/zone']],
    ['--unreachable-after=90s', 90_000],
    ['--unreachable-after=15m', 900_000],
    ['--unreachable-after=1h', 3_600_000],
    ['--metrics-address=0', undefined],
    ['--metrics-address=:9090', { host: undefined, port: 9090 }],
    ['--metrics-address=127.0.0.1:0', { host: '127.0.0.1', port: 0 }],
    ['--metrics-address=[::1]:9090', { host: '::1', port: 9090 }],
    ['--lease-identity=a b', 'a b'],
  ])('%s is read', (flag, value) => {
    const name = settingNames.find((candidate) => flagOf(candidate) === flag.split('=')[0]);
    expect(name && config([flag])[name]).toEqual(value);
  });
});

describe('complaints', () => {
  const cert = `--sidecar-cert-file=${secret}`;
  const https = '--sidecar-scheme=https';
  const user = [`--sidecar-username-file=${secret}`, `--sidecar-password-file=${secret}`];

  test.each<[args: string[], message: string]>([
    [['--worker=3'], '--worker: unknown flag; --help lists them all'],
    [['workers=3'], 'workers: unknown flag; --help lists them all'],
    [['--workers'], '--workers: needs a value'],
    [['--config'], '--config: needs a value'],
    [['--workers=0'], '--workers: "0" is not allowed; allowed is a whole number from 1 to 64'],
    [['--workers=1e1'], '--workers: "1e1" is not allowed; allowed is a whole number from 1 to 64'],
    [['--sidecar-port=65536'], '--sidecar-port: "65536" is not allowed; allowed is a whole number from 1 to 65535'],
    [['--leader-elect=yes'], '--leader-elect: "yes" is not allowed; allowed is true or false'],
    [['--sidecar-scheme=ftp'], '--sidecar-scheme: "ftp" is not allowed; allowed is one of http, https'],
    [
      ['--unreachable-after=15'],
      '--unreachable-after: "15" is not allowed; allowed is a time span such as 90s, 15m or 1h30m, from 1s to 168h',
    ],
    [
      ['--watch-namespaces=a,B'],
      '--watch-namespaces: "a,B" is not allowed; allowed is a list, separated by commas, each a name of at most 63 ' +
        'lower-case letters, digits and dashes',
    ],
    [
      ['--rack-labels=a/b/c'],
      '--rack-labels: "a/b/c" is not allowed; allowed is a list, separated by commas, each a label key such as ' +
        'topology.kubernetes.io/zone',
    ],
    [
      ['--health-address=8081'],
      '--health-address: "8081" is not allowed; allowed is HOST:PORT, :PORT for all interfaces, or 0 for off',
    ],
    [['--lease-identity='], '--lease-identity: "" is not allowed; allowed is a text in one line, not empty'],
    [[cert, https], '--sidecar-cert-file: needs --sidecar-key-file too'],
    [[`--sidecar-key-file=${secret}`], '--sidecar-key-file: needs --sidecar-cert-file too'],
    [[cert, `--sidecar-key-file=${secret}`], '--sidecar-cert-file: needs --sidecar-scheme=https'],
    [[`--sidecar-ca-file=${secret}`], '--sidecar-ca-file: needs --sidecar-scheme=https'],
    [user.slice(0, 1), '--sidecar-username-file: needs --sidecar-password-file too'],
    [user.slice(1), '--sidecar-password-file: needs --sidecar-username-file too'],
    [
      [...user, `--sidecar-token-file=${secret}`],
      '--sidecar-token-file: excludes --sidecar-username-file; a request carries one of them',
    ],
    [
      ['--sidecar-token-file=/does/not/exist'],
      "--sidecar-token-file: /does/not/exist cannot be read: ENOENT: no such file or directory, access '/does/not/exist'",
    ],
    [['--kubeconfig=/'], '--kubeconfig: / cannot be read: is not a file'],
    [['--metrics-address=:8081'], '--metrics-address: must differ from --health-address'],
  ])('%j', (args, message) => {
    expect(complaint(args)).toBe(message);
  });

  test.each<[content: string, message: string]>([
    ['worker: 3', ': worker: unknown setting; --help lists them all'],
    ['unreachableAfterMs: 3', ': unreachableAfterMs: unknown setting; --help lists them all'],
    ['workers: many', ': workers: "many" is not allowed; allowed is a whole number from 1 to 64'],
    ['workers:', ': workers: "" is not allowed; allowed is a whole number from 1 to 64'],
    ['leaseName: {a: b}', ': leaseName: "{\\"a\\":\\"b\\"}" is not allowed; allowed is a name of at most 63'],
  ])('a file with %j', (content, message) => {
    const file = fileWith(content);
    expect(complaint(['--config', file])).toContain(file + message);
  });

  test.each(['- workers', 'workers'])('a file that is no mapping: %j', (content) => {
    const file = fileWith(content);
    expect(complaint(['--config', file])).toBe(`--config: ${file} must hold settings, one "key: value" a line`);
  });

  test.each(['a: [', 'a: 1\na: 2'])('a file that is no YAML, in one line: %j', (content) => {
    expect(complaint(['--config', fileWith(content)])).toMatch(/^--config: \S+ cannot be read: [^\n]+$/);
  });

  test('a file that is not there', () => {
    expect(complaint(['--config=/no'])).toMatch(/^--config: \/no cannot be read: ENOENT/);
  });

  test.each<[variable: string, text: string, message: string]>([
    ['CASSANDRA_CLEANUP_WORKER', '3', 'CASSANDRA_CLEANUP_WORKER: unknown environment variable'],
    ['CASSANDRA_CLEANUP_SIDCAR_PORT', '3', 'CASSANDRA_CLEANUP_SIDCAR_PORT: unknown environment variable'],
    ['CASSANDRA_CLEANUP_WORKERS', '', 'CASSANDRA_CLEANUP_WORKERS: "" is not allowed'],
  ])('the variable %s=%s', (variable, text, message) => {
    expect(complaint([], { [variable]: text })).toContain(message);
  });
});

describe('what is printed', () => {
  test('--help names every flag, in lines of at most 120 characters', () => {
    const lines = printed(['--help', '--nonsense']).split('\n');
    for (const name of settingNames) expect(lines.some((line) => line.startsWith(`  ${flagOf(name)}=`))).toBe(true);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(120);
  });

  test('--version prints the version alone', () => {
    expect(printed(['--version'])).toBe('1.2.3\n');
  });

  test('the page of the docs has a heading for every flag, and names its variable', () => {
    for (const name of settingNames) {
      expect(configurationPage()).toContain(`### \`${flagOf(name)}\``);
      expect(configurationPage()).toContain(`Variable \`${variableOf(name)}\`,`);
    }
  });
});
