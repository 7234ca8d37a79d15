// Every test of what is mutated that needs neither a server nor a clock, random ones aside: those take seconds.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';

const tests = join(import.meta.dirname, '..');
const wanted = [/^core\/(?!random)/, /^operations\//, /^icarus\/wire(?!-random)/];
const files = ['core', 'operations', 'icarus']
  .flatMap((folder) => readdirSync(join(tests, folder)).map((file) => `${folder}/${file}`))
  .filter((file) => file.endsWith('.test.ts') && wanted.some((pattern) => pattern.test(file)));
for (const file of files) await import(join(tests, file));
