// What a process has used, from /proc. Linux only.
import { readFileSync } from 'node:fs';

export interface Usage {
  /** Seconds of CPU, in user and in kernel mode, since the process began; to 10 ms. */
  readonly cpuSeconds: number;
  readonly rssMb: number;
  /** Of that, what is not mapped from a file: Node's own program is some 50 MB, which all its processes share. */
  readonly anonymousMb: number;
  /** The most it ever was. */
  readonly peakMb: number;
  /** Bytes that it has written, to sockets above all: TLS, headers and logs included. */
  readonly sentBytes: number;
}

/** Ticks of /proc/PID/stat in a second: fixed in the interface of Linux. */
const TICKS = 100;
const KB_PER_MB = 1_024;

export function usageOf(pid: number): Usage {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The second field is the name in brackets, and may hold anything.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const megabytes = (name: string) => numberAfter(status, name) / KB_PER_MB;
  return {
    cpuSeconds: (Number(fields[11]) + Number(fields[12])) / TICKS,
    rssMb: megabytes('VmRSS'),
    anonymousMb: megabytes('RssAnon'),
    peakMb: megabytes('VmHWM'),
    sentBytes: numberAfter(readFileSync(`/proc/${pid}/io`, 'utf8'), 'wchar'),
  };
}

function numberAfter(text: string, name: string): number {
  return Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(text)?.[1]);
}
