// The table of settings as text: for --help, and for docs/configuration.md (written by `npm run generate`).
import { flagOf, keyOf, type SettingName, settingNames, settings, variableOf } from './config-table.ts';
import { durationText, type Setting } from './config-values.ts';

const usage = `Runs Apache Cassandra cleanup on every node of a cluster, for each CassandraCleanup object it finds.

Usage: cassandra-cleanup-operator [--flag=value ...]

A setting comes from, the later the stronger: its default, the file that --config names (YAML, keys like sidecarPort),
the environment (like CASSANDRA_CLEANUP_SIDECAR_PORT), its flag (like --sidecar-port).
`;

const introduction = `<!-- Generated from src/config-table.ts by \`npm run generate\`: do not edit. -->

# Configuration

A setting comes from, the later the stronger: its default, the YAML file that \`--config FILE\` (or
\`CASSANDRA_CLEANUP_CONFIG\`) names, its environment variable, its flag. An unknown flag, key or \`CASSANDRA_CLEANUP_…\`
variable, and a value that is not allowed, stop the start with one line that says so.
`;

/** What --help prints. */
export function helpText(): string {
  const rows = settingNames.map((name) => `  ${flagOf(name)}=${settings[name].kind.placeholder}`);
  const width = Math.min(40, Math.max(...rows.map((row) => row.length)) + 2);
  const groups = byGroup().map(([group, names]) => {
    const lines = names.map((name) => {
      const flag = `  ${flagOf(name)}=${settings[name].kind.placeholder}`;
      return row(flag, `${settings[name].about} [default: ${defaultOf(name)}]`, width);
    });
    return `\n${group}:\n${lines.join('')}`;
  });
  const others = [
    row('  --config=FILE', 'A YAML file of settings.', width),
    row('  --help', 'Print this and exit.', width),
    row('  --version', 'Print the version and exit.', width),
  ];
  return `${usage}${groups.join('')}\nOthers:\n${others.join('')}`;
}

/** What docs/configuration.md holds. */
export function configurationPage(): string {
  const groups = byGroup().map(([group, names]) => {
    const entries = names.map((name) => {
      const { about, kind } = settings[name];
      const elsewhere = `Variable \`${variableOf(name)}\`, key \`${keyOf(name)}\``;
      const lines = [`- ${elsewhere}`, `- Allowed: ${kind.allowed}`, `- Default: ${defaultOf(name)}`];
      return `\n### \`${flagOf(name)}\`\n\n${about}\n\n${lines.join('\n')}\n`;
    });
    return `\n## ${group}\n${entries.join('')}`;
  });
  return `${introduction}${groups.join('')}`;
}

function byGroup(): [group: string, names: SettingName[]][] {
  const groups = new Map<string, SettingName[]>();
  for (const name of settingNames) {
    const { group } = settings[name];
    groups.set(group, [...(groups.get(group) ?? []), name]);
  }
  return [...groups];
}

function defaultOf(name: SettingName): string {
  const { default: value, defaultText }: Setting<unknown> = settings[name];
  if (defaultText !== undefined) return defaultText;
  if (name.endsWith('Ms')) return durationText(Number(value));
  return Array.isArray(value) ? value.join(', ') : String(value);
}

/** A row of two columns: the second is folded at 120 characters, and starts on a line of its own where needed. */
function row(first: string, second: string, width: number): string {
  const lines = [''];
  for (const word of second.split(' ')) {
    const last = lines.at(-1) ?? '';
    if (last !== '' && width + last.length + 1 + word.length > 120) lines.push(word);
    else lines[lines.length - 1] = last === '' ? word : `${last} ${word}`;
  }
  const margin = ' '.repeat(width);
  const start = first.length < width ? first.padEnd(width) : `${first}\n${margin}`;
  return `${start}${lines.join(`\n${margin}`)}\n`;
}
