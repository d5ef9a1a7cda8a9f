// `npm run demo`: two tenants' shops of real processes, sending real telemetry to a running Hanok. See demo/README.md.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Children } from '../demo/infra/children.mjs';
import { demo, installShop } from '../demo/infra/install.mjs';
import { listening, portNear } from '../demo/infra/ports.mjs';
import { preparePostgres } from '../demo/infra/postgres.mjs';
import { startShop } from '../demo/infra/shop.mjs';
import { buildCollector, canBuild, findCollector } from './collector.mjs';
import { root } from './install.mjs';

const began = Date.now();
const say = (text) => console.log(`[${((Date.now() - began) / 1000).toFixed(1).padStart(5)} s] ${text}`);
const loud = (text) => console.log(`\n!!! ${text}\n`);

const HELP = `npm run demo -- [options]

A small shop for each tenant (front, catalog, orders, payment, inventory, mailer), with PostgreSQL and a message queue
between them, instrumented without code changes, sending to a running Hanok. Ctrl-C ends everything.

  --rate N             visits per second and shop (default 3; also a slider on the shop's page)
  --tenant ID          only this tenant; may be given again (default: all of bootstrap.json)
  --slow-query SHARE   share of searches that run the slow statement, 0 to 1 (default 0.05)
  --errors SHARE       share of payments that fail (default 0.01)
  --leak               inventory's memory grows
  --port N             port of the first shop (default 7100; the next tenant's is 100 higher; 0: any)
  --no-collector       send straight to Hanok even when a Collector is found
  --build-collector    make a Collector first when none is found (once, some minutes, needs Go)
  --require-collector  fail when no Collector is found
  --for SECONDS        end by itself after so many seconds
  --keep               keep the folder with the processes' own log files

Environment: OTELCOL (path of a Collector), HANOK_DATA_DIR, HANOK_HTTP_PORT, HANOK_OTLP_GRPC_PORT, HANOK_OTLP_HTTP_PORT`;

function options() {
  const { values } = parseArgs({
    options: {
      rate: { type: 'string', default: '3' },
      tenant: { type: 'string', multiple: true },
      'slow-query': { type: 'string', default: '0.05' },
      errors: { type: 'string', default: '0.01' },
      leak: { type: 'boolean', default: false },
      port: { type: 'string', default: '7100' },
      'no-collector': { type: 'boolean', default: false },
      'build-collector': { type: 'boolean', default: false },
      'require-collector': { type: 'boolean', default: false },
      for: { type: 'string' },
      keep: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) {
    console.log(HELP);
    process.exit(0);
  }
  const number = (name, most) => {
    const value = Number(values[name]);
    if (values[name] === '' || !(value >= 0 && value <= most)) throw new Error(`--${name} must be 0 to ${most}`);
    return value;
  };
  return {
    ...values,
    port: number('port', 65_000),
    seconds: values.for === undefined ? undefined : number('for', 86_400),
    switches: {
      slowQuery: number('slow-query', 1),
      errors: number('errors', 1),
      leak: values.leak ? 1 : 0,
      rate: number('rate', 500),
    },
  };
}

const reachable = (url) =>
  fetch(url).then(
    (response) => response.ok,
    () => false,
  );

/** Where Hanok listens and its tenants' keys; waits for a Hanok that is still starting. */
async function findHanok(env) {
  const port = (name, fallback) => Number(env[name] || fallback);
  const hanok = {
    ui: `http://127.0.0.1:${port('HANOK_HTTP_PORT', 8080)}`,
    http: `http://127.0.0.1:${port('HANOK_OTLP_HTTP_PORT', 4318)}`,
    grpc: `127.0.0.1:${port('HANOK_OTLP_GRPC_PORT', 4317)}`,
  };
  const bootstrap = join(env.HANOK_DATA_DIR || join(root, 'data'), 'bootstrap.json');
  const until = Date.now() + 60_000;
  for (let told = false; !(existsSync(bootstrap) && (await reachable(`${hanok.ui}/health/live`))); ) {
    if (!told)
      loud(`Hanok does not answer at ${hanok.ui} (or ${bootstrap} is missing). Start it: npm start. Waiting …`);
    told = true;
    if (Date.now() > until) throw new Error(`no Hanok at ${hanok.ui} within a minute`);
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  return { hanok, tenants: JSON.parse(readFileSync(bootstrap, 'utf8')).tenants, bootstrap };
}

async function pickCollector(chosen) {
  if (chosen['no-collector']) {
    loud('--no-collector: straight to Hanok by OTLP/HTTP; the PM2 log file is not tailed.');
    return undefined;
  }
  let collector = findCollector();
  if (collector === undefined && chosen['build-collector']) collector = await buildCollector(say);
  if (collector !== undefined) {
    say(`OpenTelemetry Collector: ${collector}`);
    return collector;
  }
  if (chosen['require-collector']) throw new Error('no Collector found; node scripts/collector.mjs makes one');
  loud(
    `No OpenTelemetry Collector found (OTELCOL, PATH, cache): straight to Hanok by OTLP/HTTP, and SKIPPED: tailing PM2's
    log file, OTLP/gRPC. ${canBuild() ? 'npm run demo -- --build-collector makes one (once, some minutes).' : 'Set OTELCOL, or install Go and give --build-collector.'}`,
  );
  return undefined;
}

async function main() {
  const chosen = options();
  const { hanok, tenants, bootstrap } = await findHanok(process.env);
  const wanted = tenants.filter((tenant) => chosen.tenant === undefined || chosen.tenant.includes(tenant.id));
  if (wanted.length === 0) throw new Error(`no tenant named ${chosen.tenant}; there are ${tenants.map((t) => t.id)}`);
  installShop(say);
  const collector = await pickCollector(chosen);

  const folder = mkdtempSync(join(tmpdir(), 'hanok-demo-'));
  const logs = join(folder, 'logs');
  mkdirSync(logs);
  let ending;
  const children = new Children(logs, (name, how, lines) => {
    loud(`${name} ended (${how}); its last lines:\n    ${lines.join('\n    ')}`);
    if (!name.startsWith('visitors')) end(1);
  });
  const end = (code) => {
    ending ??= (async () => {
      say('ending …');
      await children.stop([
        /^visitors/,
        /^(front|catalog|orders|payment|inventory|mailer)-/,
        /^collector/,
        /^broker/,
        /^postgres/,
      ]);
      if (chosen.keep) say(`kept ${folder}`);
      else rmSync(folder, { recursive: true, force: true });
      say('everything has ended');
      process.exit(code);
    })();
    return ending;
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => end(0));

  try {
    say('starting PostgreSQL and the message queue …');
    const databasePort = await portNear();
    const queuePort = await portNear();
    const databaseFolder = mkdtempSync(join(tmpdir(), 'hanok-demo-pg-'));
    process.on('exit', () => rmSync(databaseFolder, { recursive: true, force: true }));
    const postgres = preparePostgres(databaseFolder, databasePort);
    children.adopt('postgres', postgres.start(['ignore', 'pipe', 'pipe']));
    children.start('broker', process.execPath, [join(demo, 'infra', 'broker.js')], {
      env: { PATH: process.env.PATH, PORT: String(queuePort) },
    });
    await Promise.all([listening(databasePort, 'PostgreSQL'), listening(queuePort, 'the queue')]);
    say(`${postgres.version} and an AMQP broker run`);
    const schema = spawnSync(process.execPath, [join(demo, 'infra', 'load-schema.js')], {
      cwd: demo,
      encoding: 'utf8',
      env: {
        PATH: process.env.PATH,
        SERVER_URL: postgres.url('postgres'),
        DATABASES: JSON.stringify(wanted.map((tenant) => tenant.id)),
      },
    });
    if (schema.status !== 0) throw new Error(`the schema was not loaded: ${schema.stderr}`);

    const shops = [];
    for (const [index, tenant] of tenants.entries()) {
      if (!wanted.includes(tenant)) continue;
      // Tenants differ as real ones do: in the Collector's protocol and in the age of their semantic conventions.
      const even = index % 2 === 0;
      const protocol = even ? 'grpc' : 'http';
      const environment = even ? 'production' : 'staging';
      const conventions = even ? 'stable' : 'old';
      say(`starting ${tenant.id} (${environment}, ${collector ? `Collector → OTLP/${protocol}` : 'OTLP/HTTP'}) …`);
      const url = await startShop({
        ...{ tenant, collector, protocol, environment, conventions, hanok, children, folder, say },
        port: chosen.port === 0 ? undefined : chosen.port + 100 * index,
        databaseUrl: postgres.url(tenant.id),
        amqpUrl: `amqp://guest:guest@127.0.0.1:${queuePort}/${encodeURIComponent(tenant.id)}`,
        switches: chosen.switches,
      });
      shops.push({ tenant, url });
    }
    if (ending !== undefined) return;

    console.log(`
  Hanok                ${hanok.ui}
${shops.map(({ tenant, url }) => `  shop of ${tenant.id.padEnd(12)} ${url}\n    sign in to Hanok as ${tenant.admin?.email ?? tenant.id} (password in ${bootstrap})`).join('\n')}

  Find the slow request: in Hanok open Traces, slowest first. A search of the shop takes about two seconds; its catalog
  span waits for one SQL statement, and the request's own log lines name it ("slow query: …").
  Press "Search reviews too" in a shop to make one yourself; switch faults and the rate on the same page.
  Ctrl-C ends everything.
`);
    if (chosen.seconds !== undefined) setTimeout(() => end(0), chosen.seconds * 1000);
  } catch (error) {
    if (ending === undefined) loud(error.message);
    await end(1);
  }
}

main().catch((error) => {
  console.error(`demo: ${error.message}`);
  process.exit(1);
});
