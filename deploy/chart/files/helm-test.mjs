// What `helm test` runs in the operator's image: the API server serves CassandraCleanups, and somebody holds the Lease.
import { readFileSync } from 'node:fs';
import { request } from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';

const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port, CLEANUPS, LEASE } = process.env;
const account = '/var/run/secrets/kubernetes.io/serviceaccount';

function get(path) {
  const headers = { authorization: `Bearer ${readFileSync(`${account}/token`, 'utf8')}` };
  return new Promise((resolve, reject) => {
    request({ host, port, path, headers, ca: readFileSync(`${account}/ca.crt`), timeout: 5_000 }, async (answer) => {
      const text = (await answer.toArray()).join('');
      if (answer.statusCode === 200) resolve(JSON.parse(text));
      else reject(new Error(`${path}: ${answer.statusCode} ${text}`));
    })
      .once('timeout', () => reject(new Error(`${path}: no answer`)))
      .once('error', reject)
      .end();
  });
}

async function leader() {
  await get(CLEANUPS);
  const { holderIdentity, leaseDurationSeconds, renewTime } = (await get(LEASE)).spec;
  const ageMs = Date.now() - Date.parse(renewTime);
  if (!holderIdentity || ageMs > leaseDurationSeconds * 1_000) throw new Error(`nobody leads: ${LEASE}`);
  return holderIdentity;
}

for (let attempt = 1; ; attempt += 1) {
  try {
    process.stdout.write(`the CRD is served, and ${await leader()} leads\n`);
    process.exit(0);
  } catch (error) {
    if (attempt === 30) throw error;
    await sleep(1_000);
  }
}
