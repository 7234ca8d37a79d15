// The bench's side of the process of Sidecar doubles: starts it, turns its knobs, asks for its records, ends it.
import { type ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';
import { killOnExit } from '../test/support/kill-on-exit.ts';
import type { Asked, Said, SidecarsReport, SidecarsSetup } from './sidecars.ts';

export interface SidecarsProcess {
  report(): Promise<SidecarsReport>;
  /** From now on the Sidecar at this address answers nothing, or a byte now and then. */
  fault(host: string, fault: 'silent' | 'drip'): Promise<void>;
  /** Called for each POST that arrives, until the next call of this. */
  onPost(listener: (host: string) => void): void;
  stop(): Promise<void>;
}

/** Starts it; every double listens when the promise is fulfilled. */
export async function startSidecars(setup: SidecarsSetup): Promise<SidecarsProcess> {
  const child = fork(join(import.meta.dirname, 'sidecars.ts'), { execArgv: ['--disable-warning=ExperimentalWarning'] });
  const forget = killOnExit(child);
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  let heard: (host: string) => void = () => {};
  child.on('message', (said: Said) => {
    if (said.what === 'posted') heard(said.host);
  });
  await ask(child, { what: 'setup', setup });
  return {
    report: async () => {
      const { report } = await ask(child, { what: 'report' });
      if (report === undefined) throw new Error('the Sidecar doubles gave no report');
      return report;
    },
    fault: async (host, fault) => void (await ask(child, { what: 'fault', host, fault })),
    onPost: (listener) => {
      heard = listener;
    },
    stop: async () => {
      child.kill('SIGKILL');
      await ended;
      forget();
    },
  };
}

/** One question at a time. */
function ask(child: ChildProcess, asked: Asked): Promise<Extract<Said, { what: 'done' }>> {
  return new Promise((resolve, reject) => {
    const exited = () => reject(new Error('the process of Sidecar doubles has ended'));
    const listen = (said: Said) => {
      if (said.what !== 'done') return;
      child.off('message', listen).off('exit', exited);
      resolve(said);
    };
    child.on('message', listen).once('exit', exited);
    child.send(asked);
  });
}
