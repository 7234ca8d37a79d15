// Reads the settings: defaults < YAML file < environment < flags. Everything that is wrong with them stops the start
// with one line. The settings themselves are in config-table.ts.
import { accessSync, constants, readFileSync, statSync } from 'node:fs';
import { parse } from 'yaml';
import { helpText } from './config-help.ts';
import { type Config, flagOf, keyOf, type SettingName, settingNames, settings, variableOf } from './config-table.ts';
import { bool, file, invalid, type Setting } from './config-values.ts';

export type { Config } from './config-table.ts';
export type { Address } from './config-values.ts';

/** A setting that stops the start; the message is one line that names it and says what is allowed. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/** What the command line asks for: to run with a configuration, or to print a text and exit with 0. */
export type Start = { readonly config: Config } | { readonly print: string };

/** Where settings come from: arguments without node and script, the environment, and what --version prints. */
export interface Sources {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly version: string;
  /** The file in which Kubernetes puts the Pod's own namespace. */
  readonly namespaceFile?: string;
}

const serviceAccountNamespaceFile = '/var/run/secrets/kubernetes.io/serviceaccount/namespace';

/** A value as text, and how a message names the place it came from. */
interface Given {
  readonly text: string;
  readonly from: string;
}
type GivenByName = ReadonlyMap<SettingName, Given>;

/**
 * The settings, frozen, or the text that --help or --version asks for.
 * @throws ConfigError for an unknown or invalid setting, and for settings that exclude or need each other.
 */
export function readStart(sources: Sources): Start {
  if (sources.args.includes('--help') || sources.args.includes('-h')) return { print: helpText() };
  if (sources.args.includes('--version')) return { print: `${sources.version}\n` };
  const flags = fromFlags(sources.args);
  const environment = fromEnvironment(sources.env);
  const configFile = flags.configFile ?? sources.env[configVariable];
  const inFile = configFile === undefined ? new Map() : fromFile(configFile);
  const given: GivenByName = new Map([...inFile, ...environment, ...flags.given]);
  const values = settingNames.map((name) => [name, settle(name, given.get(name))] as const);
  const podNamespace = given.has('leaseNamespace') ? undefined : readNamespace(sources.namespaceFile);
  const config = Object.freeze({
    ...Object.fromEntries(values),
    ...(podNamespace === undefined ? {} : { leaseNamespace: podNamespace }),
  }) as Config;
  check(config);
  return { config };
}

const configVariable = 'CASSANDRA_CLEANUP_CONFIG';
const namesByFlag = new Map(settingNames.map((name) => [flagOf(name), name]));
const namesByVariable = new Map(settingNames.map((name) => [variableOf(name), name]));
const namesByKey = new Map(settingNames.map((name) => [keyOf(name), name]));

function fromFlags(args: readonly string[]): { given: GivenByName; configFile: string | undefined } {
  const given = new Map<SettingName, Given>();
  let configFile: string | undefined;
  for (let at = 0; at < args.length; at++) {
    const { flag, name, text } = readFlag(args[at] ?? '');
    const value = text ?? (isSwitch(name) ? 'true' : args[++at]);
    if (value === undefined) throw new ConfigError(`${flag}: needs a value`);
    if (name === undefined) configFile = value;
    else given.set(name, { text: value, from: flag });
  }
  return { given, configFile };
}

/** One argument taken apart; no name stands for --config, no text for a value that is the next argument. */
function readFlag(argument: string): { flag: string; name: SettingName | undefined; text: string | undefined } {
  const flag = argument.split('=', 1)[0] ?? '';
  const name = namesByFlag.get(flag);
  if (name === undefined && flag !== '--config') throw new ConfigError(`${flag}: unknown flag; --help lists them all`);
  return { flag, name, text: argument.length > flag.length ? argument.slice(flag.length + 1) : undefined };
}

function isSwitch(name: SettingName | undefined): boolean {
  return name !== undefined && (settings[name] as Setting<unknown>).kind === bool;
}

function fromEnvironment(env: Sources['env']): GivenByName {
  const given = new Map<SettingName, Given>();
  for (const [variable, text] of Object.entries(env)) {
    if (text === undefined || !variable.startsWith('CASSANDRA_CLEANUP_')) continue;
    const name = namesByVariable.get(variable);
    if (name !== undefined) given.set(name, { text, from: variable });
    else if (variable !== configVariable && !isServiceLink(variable, text))
      throw new ConfigError(`${variable}: unknown environment variable; --help lists the settings`);
  }
  return given;
}

/** Kubernetes gives every Pod such variables for each Service, also for one that is called like the operator. */
function isServiceLink(variable: string, text: string): boolean {
  if (variable.endsWith('_SERVICE_PORT')) return true;
  if (variable.endsWith('_PORT')) return /^(tcp|udp|sctp):\/\//.test(text);
  return /_SERVICE_(HOST|PORT_\w+)$|_PORT_\d+_(TCP|UDP|SCTP)(_\w+)?$/.test(variable);
}

function fromFile(path: string): GivenByName {
  const content = parseFile(path);
  const given = new Map<SettingName, Given>();
  for (const [key, value] of Object.entries(content)) {
    const name = namesByKey.get(key);
    if (name === undefined) throw new ConfigError(`${path}: ${key}: unknown setting; --help lists them all`);
    given.set(name, { text: textOf(value), from: `${path}: ${key}` });
  }
  return given;
}

function parseFile(path: string): Readonly<Record<string, unknown>> {
  let content: unknown;
  try {
    content = parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new ConfigError(`--config: ${path} cannot be read: ${oneLine(error)}`);
  }
  if (content === null) return {};
  if (typeof content !== 'object' || Array.isArray(content))
    throw new ConfigError(`--config: ${path} must hold settings, one "key: value" a line`);
  return content as Readonly<Record<string, unknown>>;
}

/** A value of the YAML file as the text that a flag would carry; a mapping becomes JSON, which no kind allows. */
function textOf(value: unknown): string {
  if (Array.isArray(value)) return value.map(textOf).join(',');
  return value !== null && typeof value === 'object' ? JSON.stringify(value) : String(value ?? '');
}

function settle(name: SettingName, given: Given | undefined): unknown {
  const { kind, default: value }: Setting<unknown> = settings[name];
  if (given === undefined) return value;
  const parsed = kind.parse(given.text);
  if (parsed === invalid)
    throw new ConfigError(`${given.from}: ${JSON.stringify(given.text)} is not allowed; allowed is ${kind.allowed}`);
  return parsed;
}

function readNamespace(path = serviceAccountNamespaceFile): string | undefined {
  try {
    return readFileSync(path, 'utf8').trim() || undefined;
  } catch {
    return undefined;
  }
}

function check(config: Config): void {
  const set = (name: SettingName): boolean => config[name] !== undefined;
  const complain = (name: SettingName, problem: string): never => {
    throw new ConfigError(`${flagOf(name)}: ${problem}`);
  };
  const together = (one: SettingName, other: SettingName): void => {
    if (set(one) && !set(other)) complain(one, `needs ${flagOf(other)} too`);
    if (set(other) && !set(one)) complain(other, `needs ${flagOf(one)} too`);
  };
  together('sidecarCertFile', 'sidecarKeyFile');
  together('sidecarUsernameFile', 'sidecarPasswordFile');
  if (set('sidecarTokenFile') && set('sidecarUsernameFile'))
    complain('sidecarTokenFile', `excludes ${flagOf('sidecarUsernameFile')}; a request carries one of them`);
  for (const name of ['sidecarCaFile', 'sidecarCertFile'] as const)
    if (set(name) && config.sidecarScheme !== 'https') complain(name, `needs ${flagOf('sidecarScheme')}=https`);
  checkAddresses(config);
  checkFiles(config);
}

function checkAddresses({ metricsAddress, healthAddress }: Config): void {
  if (metricsAddress === undefined || healthAddress === undefined || metricsAddress.port === 0) return;
  if (metricsAddress.port === healthAddress.port && metricsAddress.host === healthAddress.host)
    throw new ConfigError(`${flagOf('metricsAddress')}: must differ from ${flagOf('healthAddress')}`);
}

function checkFiles(config: Config): void {
  for (const name of settingNames) {
    const path = config[name];
    if ((settings[name] as Setting<unknown>).kind !== file || typeof path !== 'string') continue;
    try {
      accessSync(path, constants.R_OK);
      if (!statSync(path).isFile()) throw new Error('is not a file');
    } catch (error) {
      throw new ConfigError(`${flagOf(name)}: ${path} cannot be read: ${oneLine(error)}`);
    }
  }
}

function oneLine(error: unknown): string {
  const { message } = error as { message?: unknown };
  return String(message ?? error).split('\n', 1)[0] ?? '';
}
