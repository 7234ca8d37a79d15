// Records the demo: plays its run as `npm run demo` does, on a control plane of its own, and draws what a terminal would show
// of it into docs/demo.svg. `npm run demo:record`.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CassandraCleanupStatus } from '../../src/api/generated.ts';
import { follow } from './follow.ts';
import { type Frame, pictureOf } from './picture.ts';
import { applySample, type Ends, NAMESPACE, orTrouble, SAMPLE, type Stage, setStage } from './stage.ts';
import { tableLines } from './table.ts';

const COLUMNS = 112;
const FILE = join(import.meta.dirname, '..', '..', 'docs', 'demo.svg');
const TICK_MS = 1_000;

function isOver({ conditions = [] }: CassandraCleanupStatus): boolean {
  return conditions.some(({ type, status }) => type === 'Finished' && status === 'True');
}

/** The run from the apply to its end: a frame a second, and one for each change of the status. */
async function framesOf(stage: Stage, name: string): Promise<Frame[]> {
  const begun = Date.now();
  const frames: Frame[] = [];
  let shown: CassandraCleanupStatus = {};
  const draw = () => {
    const now = Date.now();
    const lines = tableLines(shown, { name, now, columns: COLUMNS, rows: 40, colour: true });
    if (lines.join() !== frames.at(-1)?.lines.join()) frames.push({ atMs: now - begun, lines });
  };
  const timer = setInterval(draw, TICK_MS);
  try {
    for await (const { status } of follow(stage.plane, NAMESPACE, name)) {
      shown = status;
      draw();
      if (isOver(status)) return frames;
    }
    throw new Error('the CassandraCleanup is gone');
  } finally {
    clearInterval(timer);
  }
}

async function record(): Promise<void> {
  const ends: Ends = [];
  try {
    const options = { nodes: 6, fail: undefined, keep: false, cassandra: false };
    const stage = await setStage(options, ends, console.log);
    const name = await applySample(stage.plane);
    const frames = await orTrouble(framesOf(stage, name), stage, 120_000);
    const title = `A terminal in which one CassandraCleanup, ${name}, cleans six nodes in three racks one after another.`;
    const prompt = [`$ kubectl apply -f ${SAMPLE}`, ''];
    writeFileSync(FILE, pictureOf({ title, columns: COLUMNS, prompt, frames }));
    console.log(`${frames.length} frames: ${FILE}`);
  } finally {
    for (const end of ends.reverse()) await end();
  }
}

await record();
