// The contract as accepted POSTs: what is echoed (201), and what becomes of the operation on a NORMAL node.

/** A POST that is answered 201. */
export interface CleanupCase {
  readonly name: string;
  readonly body: Readonly<Record<string, unknown>>;
  /** Fields of the document; undefined = it must not be there. */
  readonly echo: Readonly<Record<string, unknown>>;
  /** null = COMPLETED; otherwise what the message of the failure begins with. */
  readonly failure: string | null;
}

const base = { type: 'cleanup', keyspace: 'shop', tables: ['orders'], jobs: 2 };
const one = { keyspace: 'shop', tables: ['orders'], jobs: 2 };

/** What may be in a request, and what each comes to. */
export const cleanupCases: readonly CleanupCase[] = [
  { name: 'one table, two jobs', body: base, echo: one, failure: null },
  {
    name: 'no tables: absent, and every table',
    body: { ...base, tables: undefined },
    echo: { ...one, tables: undefined },
    failure: null,
  },
  { name: 'tables null: absent', body: { ...base, tables: null }, echo: { ...one, tables: undefined }, failure: null },
  { name: 'tables []: []', body: { ...base, tables: [] }, echo: { ...one, tables: [] }, failure: null },
  { name: 'a table twice: once', body: { ...base, tables: ['orders', 'orders'] }, echo: one, failure: null },
  { name: 'jobs left out: 0', body: { ...base, jobs: undefined }, echo: { ...one, jobs: 0 }, failure: null },
  { name: 'jobs null: 0', body: { ...base, jobs: null }, echo: { ...one, jobs: 0 }, failure: null },
  { name: 'jobs 0: 0', body: { ...base, jobs: 0 }, echo: { ...one, jobs: 0 }, failure: null },
  { name: 'jobs "2": 2', body: { ...base, jobs: '2' }, echo: one, failure: null },
  { name: 'jobs 1.5: 1', body: { ...base, jobs: 1.5 }, echo: { ...one, jobs: 1 }, failure: null },
  { name: 'jobs -1: -1', body: { ...base, jobs: -1 }, echo: { ...one, jobs: -1 }, failure: null },
  { name: 'jobs 1000: 1000', body: { ...base, jobs: 1000 }, echo: { ...one, jobs: 1000 }, failure: null },
  {
    name: 'an unknown field: ignored, not echoed',
    body: { ...base, clientToken: 'abc' },
    echo: { ...one, clientToken: undefined },
    failure: null,
  },
  {
    name: 'a case-sensitive keyspace',
    body: { ...base, keyspace: 'Mixed', tables: ['Tab'] },
    echo: { keyspace: 'Mixed', tables: ['Tab'] },
    failure: null,
  },
  {
    name: 'a keyspace without tables',
    body: { ...base, keyspace: 'empty', tables: undefined },
    echo: { keyspace: 'empty' },
    failure: null,
  },
  {
    name: 'a distributed system keyspace',
    body: { ...base, keyspace: 'system_auth', tables: undefined },
    echo: { keyspace: 'system_auth' },
    failure: null,
  },
  {
    name: 'an unknown keyspace: FAILED',
    body: { ...base, keyspace: 'nope', tables: undefined },
    echo: { keyspace: 'nope' },
    failure: 'Keyspace nope does not exist',
  },
  {
    name: 'another case: FAILED',
    body: { ...base, keyspace: 'SHOP', tables: undefined },
    echo: { keyspace: 'SHOP' },
    failure: 'Keyspace SHOP does not exist',
  },
  {
    name: 'CQL quotes: FAILED',
    body: { ...base, keyspace: '"Mixed"', tables: undefined },
    echo: { keyspace: '"Mixed"' },
    failure: 'Keyspace "Mixed" does not exist',
  },
  {
    name: 'an empty keyspace: FAILED',
    body: { ...base, keyspace: '', tables: undefined },
    echo: { keyspace: '' },
    failure: 'Keyspace  does not exist',
  },
  {
    name: 'a number as keyspace: its text',
    body: { ...base, keyspace: 5, tables: undefined },
    echo: { keyspace: '5' },
    failure: 'Keyspace 5 does not exist',
  },
  {
    name: 'no keyspace: accepted, absent, FAILED without a message',
    body: { ...base, keyspace: undefined },
    echo: { keyspace: undefined },
    failure: '',
  },
  {
    name: 'an unknown table: FAILED',
    body: { ...base, tables: ['nope'] },
    echo: { tables: ['nope'] },
    failure: 'Unknown keyspace/cf pair (shop.nope)',
  },
  {
    name: 'the local system keyspace: FAILED',
    body: { ...base, keyspace: 'system', tables: undefined },
    echo: { keyspace: 'system' },
    failure: 'Cleanup of the system keyspace is neither necessary nor wise',
  },
];
