// Every scenario by its name.
import type { ScenarioName } from '../options.ts';
import type { Scenario } from '../scenario.ts';
import { growth } from './growth.ts';
import { p1 } from './p1.ts';
import { p2 } from './p2.ts';
import { p3 } from './p3.ts';
import { p4 } from './p4.ts';
import { p5 } from './p5.ts';
import { p6 } from './p6.ts';
import { p7 } from './p7.ts';
import { start } from './start.ts';

export const scenarios: Readonly<Record<ScenarioName, Scenario>> = {
  start,
  P1: p1,
  P2: p2,
  P3: p3,
  P4: p4,
  P5: p5,
  P6: p6,
  P7: p7,
  growth,
};
