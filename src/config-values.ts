// What a setting is made of: the kinds of values, how each is read from text, and what it allows, in words for an error
// line.

/** What a parser returns for a text that it does not allow. */
export const invalid = Symbol('invalid');

/** A kind of value: its parser, what it allows in words, and what --help shows in place of a value. */
export interface Kind<T> {
  readonly placeholder: string;
  readonly allowed: string;
  readonly parse: (text: string) => T | typeof invalid;
}

/** One setting: its kind, its default and how it is presented. */
export interface Setting<T> {
  readonly group: string;
  readonly kind: Kind<T>;
  readonly default: T;
  /** The default in words, where the value says too little. */
  readonly defaultText?: string;
  /** One sentence on what it does. */
  readonly about: string;
}

/** Ties the default of a setting to what its kind parses. */
export function setting<T>(entry: Setting<T>): Setting<T> {
  return entry;
}

/** Where a server listens: host undefined = on all interfaces; port 0 = any free one. */
export interface Address {
  readonly host: string | undefined;
  readonly port: number;
}

const secondMs = 1000;
const minuteMs = 60 * secondMs;
const hourMs = 60 * minuteMs;

/** true or false. As a flag it may stand without a value, for true. */
export const bool: Kind<boolean> = {
  placeholder: 'true|false',
  allowed: 'true or false',
  parse: (text) => (text === 'true' ? true : text === 'false' ? false : invalid),
};

/** A whole number within the bounds, both included. */
export function integer(min: number, max: number): Kind<number> {
  return {
    placeholder: 'N',
    allowed: `a whole number from ${min} to ${max}`,
    parse: (text) => {
      const value = Number(text);
      return /^\d{1,15}$/.test(text) && value >= min && value <= max ? value : invalid;
    },
  };
}

/** One of the words. */
export function oneOf<const T extends string>(...words: readonly T[]): Kind<T> {
  return {
    placeholder: words.join('|'),
    allowed: `one of ${words.join(', ')}`,
    parse: (text) => words.find((word) => word === text) ?? invalid,
  };
}

/** A text in one line that is not empty; undefined stands for "not set". */
export const text: Kind<string | undefined> = {
  placeholder: 'TEXT',
  allowed: 'a text in one line, not empty',
  parse: (value) => (/^[^\n\r]+$/.test(value) ? value : invalid),
};

/** The path of a file; that it can be read is checked at the start, once all settings are known. */
export const file: Kind<string | undefined> = { ...text, placeholder: 'FILE', allowed: 'the path of a file' };

/** A DNS label: the name of a namespace, for example. */
export const dnsLabel: Kind<string> = {
  placeholder: 'NAME',
  allowed: 'a name of at most 63 lower-case letters, digits and dashes',
  parse: (value) => (/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/.test(value) ? value : invalid),
};

/** The key of a Kubernetes label, with or without a prefix. */
export const labelKey: Kind<string> = {
  placeholder: 'LABEL',
  allowed: 'a label key such as topology.kubernetes.io/zone',
  parse: (value) =>
    /^([a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?\/)?[A-Za-z0-9]([-\w.]{0,61}[A-Za-z0-9])?$/.test(value) ? value : invalid,
};

/** A list of values, separated by commas; empty = none. Values said twice count once. */
export function listOf(kind: Kind<string>): Kind<readonly string[]> {
  return {
    placeholder: `${kind.placeholder},…`,
    allowed: `a list, separated by commas, each ${kind.allowed}`,
    parse: (value) => {
      if (value.trim() === '') return [];
      const items: string[] = [];
      for (const item of new Set(value.split(',').map((part) => part.trim()))) {
        const parsed = kind.parse(item);
        if (parsed === invalid) return invalid;
        items.push(parsed);
      }
      return items;
    },
  };
}

/** A time span such as 90s, 15m or 1h30m, in milliseconds; bounds both included. */
export function duration(minMs: number, maxMs: number): Kind<number> {
  return {
    placeholder: 'TIME',
    allowed: `a time span such as 90s, 15m or 1h30m, from ${durationText(minMs)} to ${durationText(maxMs)}`,
    parse: (value) => {
      const parts = /^(?=\d)(?:(\d{1,6})h)?(?:(\d{1,6})m)?(?:(\d{1,6})s)?$/.exec(value);
      if (parts === null) return invalid;
      const [hours, minutes, seconds] = parts.slice(1).map((part) => Number(part ?? 0)) as [number, number, number];
      const ms = hours * hourMs + minutes * minuteMs + seconds * secondMs;
      return ms >= minMs && ms <= maxMs ? ms : invalid;
    },
  };
}

/** A time span in milliseconds as it is written in settings: 900000 is 15m. */
export function durationText(ms: number): string {
  const hours = Math.floor(ms / hourMs);
  const minutes = Math.floor((ms % hourMs) / minuteMs);
  const seconds = Math.floor((ms % minuteMs) / secondMs);
  const parts = [hours > 0 ? `${hours}h` : '', minutes > 0 ? `${minutes}m` : '', seconds > 0 ? `${seconds}s` : ''];
  return parts.join('') || '0s';
}

/** An address to listen at, host:port or :port for all interfaces; 0 = do not listen, which is undefined. */
export const address: Kind<Address | undefined> = {
  placeholder: 'HOST:PORT',
  allowed: 'HOST:PORT, :PORT for all interfaces, or 0 for off',
  parse: (value) => {
    if (value === '0') return undefined;
    const parts = /^(?:\[([0-9a-fA-F:.]+)\]|([A-Za-z0-9.-]*)):(\d{1,5})$/.exec(value);
    if (parts === null || Number(parts[3]) > 65535) return invalid;
    return { host: parts[1] ?? (parts[2] === '' ? undefined : parts[2]), port: Number(parts[3]) };
  },
};
