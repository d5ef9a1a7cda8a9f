/**
 * What a question costs through the public API, beside the bare SQL of the same answer sent straight to the same engine.
 * `npm run bench -- query [--spans 10m] [--logs 10m] [--data DIR] [--n 31] [--only TEXT]`
 *
 * Starts the real program on DIR (kept, so that the next run needs no new seed; without it a temporary directory), seeds
 * it with the shop scenario when it is empty, waits until merges have settled, then asks each question `n` times on both
 * sides in turn. Both sides: one keep-alive connection, the same engine process and settings, the answer read to its last
 * byte, page cache and mark cache warm from the round before. The API is asked some hundred questions first, so that V8
 * has compiled what they use: a server runs for months, the engine comes compiled. No question is asked twice with the
 * same values (ids, words and the range's end differ), so the engine's query condition cache answers neither side.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { openInstance } from '../e2e/instance.ts';
import { STORE_CONFIG } from '../server/src/store/index.ts';
import { settingsOf } from '../server/src/store/select.ts';
import { keepAlive, throughApi, toEngine } from './query/clients.ts';
import { amount, asTenant, DATABASE, seedWhenEmpty, settle } from './query/data.ts';
import { type Figures, measure } from './query/measure.ts';
import { questions } from './query/questions.ts';
import { print } from './query/report.ts';
import { readSample } from './query/sample.ts';

const { values } = parseArgs({
  options: {
    spans: { type: 'string', default: '10m' },
    logs: { type: 'string', default: '10m' },
    data: { type: 'string' },
    n: { type: 'string', default: '31' },
    only: { type: 'string', default: '' },
    seed: { type: 'string', default: '1' },
    settle: { type: 'string', default: '600' },
  },
});
const wanted = { spans: amount(values.spans), logs: amount(values.logs), seed: Number(values.seed) };
/** The same budget on both sides: other settings would also make every session of the engine switch between them. */
const asTheStoreDoes = settingsOf(
  {
    timeMs: STORE_CONFIG.queryTime.default,
    memoryBytes: STORE_CONFIG.queryMemory.default,
    rowsToRead: STORE_CONFIG.queryRows.default,
    resultBytes: STORE_CONFIG.queryResultBytes.default,
    overrun: 'partial',
  },
  false,
);
/** Rounds of each quick question before it is measured. The main process's CPU for a page of 100 is 9 ms at first, 8 after 200 of them, 6 after 600. */
const WARM_UPS = 100;
if (values.data !== undefined) mkdirSync(values.data, { recursive: true });

const instance = await openInstance({
  env: { HANOK_LOG_LEVEL: 'error', HANOK_ENGINE_IDLE: '0' },
  ...(values.data === undefined ? {} : { dataDir: values.data }),
});
try {
  const tenant = asTenant(instance.bootstrap.tenants[0]!.id);
  const store = instance.tenant(tenant).mode === 'silo' ? `silo-${tenant}` : 'pool';
  const agent = keepAlive();
  const engine = toEngine(join(instance.dataDir, 'engines', store, 'engine.sock'), agent, asTheStoreDoes);
  const api = throughApi(instance.url, await instance.login(instance.tenant(tenant).admin), agent);
  await seedWhenEmpty(instance, engine, tenant, wanted);
  await settle(engine, Number(values.settle));
  const rounds = Number(values.n) + 1;
  const sample = await readSample(engine, tenant, rounds + WARM_UPS / 2);
  const all = questions(sample, tenant);
  const quick = all.filter((question) => question.quick);
  // With values behind those of the rounds, which take two each.
  for (let i = 0; i < WARM_UPS; i++) for (const question of quick) await api(question.api(2 * rounds + i));
  const found: Figures[] = [];
  for (const question of all.filter(({ what }) => what.includes(values.only)))
    found.push(
      await measure(question, { api, engine, pids: [instance.pid(), ...instance.enginePids()] }, Number(values.n)),
    );
  print(found, { ...sample.size, database: DATABASE, n: Number(values.n), parts: sample.parts });
  agent.destroy();
} finally {
  await instance.dispose();
}
