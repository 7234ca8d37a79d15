// What this machine can run. Nothing is left out in silence: prepare.ts prints what is missing, and fails where CI=true.
import { spawnSync } from 'node:child_process';

const OLDEST_JAVA = 17;

/** Why the tier cannot run here, in one line; undefined = it can. */
export function missingTools(): string | undefined {
  if (process.platform !== 'linux') return `nodes need 127.0.0.2 and above, which ${process.platform} does not have`;
  const java = javaVersion();
  if (java === undefined) return 'no java on the PATH (JDK 17 is needed)';
  if (java < OLDEST_JAVA) return `java ${java} is too old (JDK 17 is needed)`;
  if (spawnSync('mvn', ['--version']).status !== 0) return 'no mvn on the PATH (Maven is needed)';
  return undefined;
}

/** The major version of the `java` on the PATH. */
export function javaVersion(): number | undefined {
  const said = spawnSync('java', ['-version'], { encoding: 'utf8' }).stderr ?? '';
  const major = /version "(\d+)/.exec(said)?.[1];
  return major === undefined ? undefined : Number(major);
}
