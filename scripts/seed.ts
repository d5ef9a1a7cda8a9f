/**
 * `npm run seed -- <scenario>`: large deterministic data sets through Hanok's own ports (OTLP/HTTP). The same
 * scenario, seed, counts and `--end` give the same bytes.
 */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { baseline, login, type Reader, readBack } from './seed/read-back.ts';
import { SCENARIOS, type ScenarioOptions } from './seed/scenario.ts';
import { type Compression, Refused, type Sent, send, type Target } from './seed/send.ts';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

const HELP = `npm run seed -- <scenario> [options]

${Object.entries(SCENARIOS)
  .map(([name, { what }]) => `  ${name.padEnd(12)} ${what}`)
  .join('\n')}

  --spans N, --logs N   how many, for example 500k or 10m (at least so many, in whole requests)
  --tenant ID           tenant of bootstrap.json (default tenant-a)
  --hours N             length of the window (default 24)
  --end TIME            its end, ISO 8601 (default now)
  --seed N              other numbers, other data (default 1)
  --connections N       (default 4)
  --compression NAME    gzip (default), zstd or none
  --no-metrics          without metrics
  --verify              count afterwards, through the API, that everything acknowledged is there
  --dry-run             make and compress, send nothing: the generator's own speed
  --url URL --key KEY   another OTLP/HTTP endpoint than the local Hanok's

Environment: HANOK_DATA_DIR, HANOK_HTTP_PORT, HANOK_OTLP_HTTP_PORT. Ctrl-C stops after the requests under way.`;

class Mistake extends Error {}

function amount(text: string, name: string): number {
  const match = /^(\d+(?:\.\d+)?)([kmg]?)$/i.exec(text);
  if (match === null) throw new Mistake(`--${name} ${text}: a number such as 20000, 500k or 10m is needed`);
  const scale = { '': 1, k: 1e3, m: 1e6, g: 1e9 }[match[2]!.toLowerCase()] ?? 1;
  return Math.round(Number(match[1]) * scale);
}

function readOptions(argv: readonly string[]) {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      spans: { type: 'string' },
      logs: { type: 'string' },
      tenant: { type: 'string', default: 'tenant-a' },
      hours: { type: 'string', default: '24' },
      end: { type: 'string' },
      seed: { type: 'string', default: '1' },
      connections: { type: 'string', default: '4' },
      compression: { type: 'string', default: 'gzip' },
      'no-metrics': { type: 'boolean', default: false },
      verify: { type: 'boolean', default: false },
      'dry-run': { type: 'boolean', default: false },
      url: { type: 'string' },
      key: { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  const [name = ''] = positionals;
  if (values.help || name === '') {
    console.log(HELP);
    process.exit(values.help ? 0 : 1);
  }
  const scenario = SCENARIOS[name];
  if (scenario === undefined)
    throw new Mistake(`no scenario "${name}"; there are ${Object.keys(SCENARIOS).join(', ')}`);
  const compression = (['gzip', 'zstd', 'none'] as const).find(
    (each): each is Compression => each === values.compression,
  );
  if (compression === undefined) throw new Mistake('--compression is gzip, zstd or none');
  const endMs = values.end === undefined ? Date.now() : Date.parse(values.end);
  if (Number.isNaN(endMs)) throw new Mistake(`--end ${values.end} is not a time`);
  const options: ScenarioOptions = {
    seed: amount(values.seed, 'seed'),
    spans: values.spans === undefined ? scenario.spans : amount(values.spans, 'spans'),
    logs: values.logs === undefined ? scenario.logs : amount(values.logs, 'logs'),
    metrics: scenario.metrics && !values['no-metrics'],
    hours: amount(values.hours, 'hours'),
    endMs,
  };
  return {
    values,
    name,
    scenario,
    compression,
    options,
    connections: Math.max(1, amount(values.connections, 'connections')),
  };
}

interface Bootstrap {
  readonly tenants: ReadonlyArray<{
    readonly id: string;
    readonly ingestKey: string;
    readonly admin: { readonly email: string; readonly password: string };
  }>;
}

function findTenant(id: string) {
  const path = join(process.env['HANOK_DATA_DIR'] || join(root, 'data'), 'bootstrap.json');
  if (!existsSync(path)) throw new Mistake(`${path} is missing; start Hanok once (npm start), or give --url and --key`);
  const { tenants } = JSON.parse(readFileSync(path, 'utf8')) as Bootstrap;
  const tenant = tenants.find((each) => each.id === id);
  if (tenant === undefined)
    throw new Mistake(`no tenant "${id}"; there are ${tenants.map((each) => each.id).join(', ')}`);
  return tenant;
}

const round = (n: number) => n.toLocaleString('en-US', { maximumFractionDigits: 0 });

/** A bar on a terminal; a line every few seconds elsewhere. */
function progress(wanted: number, began: number): (sent: Sent) => void {
  const terminal = process.stderr.isTTY;
  const everyMs = terminal ? 200 : 5_000;
  let last = began;
  return ({ acknowledged, wireBytes, waits }) => {
    const now = Date.now();
    if (now - last < everyMs) return;
    last = now;
    const done = acknowledged.traces + acknowledged.logs;
    const share = Math.min(1, done / Math.max(1, wanted));
    const bar = '█'.repeat(Math.round(share * 30)).padEnd(30, '░');
    const rate = done / ((now - began) / 1_000);
    const line = `${bar} ${(share * 100).toFixed(0).padStart(3)} %  ${round(done)} records  ${round(rate)}/s  ${round(wireBytes / 1e6)} MB${waits > 0 ? `  waited ${waits} times` : ''}`;
    process.stderr.write(terminal ? `\r\x1b[K${line}` : `${line}\n`);
  };
}

async function main(): Promise<number> {
  const { values, name, scenario, compression, options, connections } = readOptions(process.argv.slice(2));
  const stop = new AbortController();
  process.once('SIGINT', () => stop.abort());
  process.once('SIGTERM', () => stop.abort());
  const jobs = scenario.jobs(options);
  const began = Date.now();
  const cpu = process.cpuUsage();

  if (values['dry-run']) {
    let [records, bytes] = [0, 0];
    for (const { template, emission } of jobs) {
      bytes += template.stamp(emission).length;
      records += template.records;
      if (stop.signal.aborted) break;
    }
    const { user, system } = process.cpuUsage(cpu);
    const seconds = (user + system) / 1e6;
    console.log(
      `${name}: ${round(records)} records, ${round(bytes / 1e6)} MB, ${seconds.toFixed(2)} s of CPU: ${round(records / seconds)} records per CPU second`,
    );
    return 0;
  }

  let tenant: ReturnType<typeof findTenant> | undefined;
  if (values.url === undefined || values.verify) tenant = findTenant(values.tenant);
  const target: Target = {
    url: values.url ?? `http://127.0.0.1:${process.env['HANOK_OTLP_HTTP_PORT'] || 4318}`,
    key: values.key ?? tenant?.ingestKey ?? '',
    ...{ connections, compression },
  };
  let reader: Reader | undefined;
  let before: Awaited<ReturnType<typeof baseline>> | undefined;
  if (values.verify && tenant !== undefined) {
    const url = `http://127.0.0.1:${process.env['HANOK_HTTP_PORT'] || 8080}`;
    const token = await login(url, tenant.admin.email, tenant.admin.password);
    reader = { url, token, fromMs: options.endMs - (options.hours + 1) * 3_600_000, toMs: options.endMs + 3_600_000 };
    const services = new Set<string>();
    // Templates repeat, so the first jobs name every service.
    let seen = 0;
    for (const { template } of scenario.jobs({ ...options, metrics: false })) {
      for (const service of template.services.keys()) services.add(service);
      if (++seen >= 50) break;
    }
    before = await baseline(reader, services);
  }

  const sent = await send(jobs, target, progress(options.spans + options.logs, began), stop.signal);
  const seconds = (Date.now() - began) / 1_000;
  const { user, system } = process.cpuUsage(cpu);
  const { acknowledged } = sent;
  const records = acknowledged.traces + acknowledged.logs + acknowledged.metrics;
  if (process.stderr.isTTY) process.stderr.write('\r\x1b[K');
  console.log(
    `${stop.signal.aborted ? 'stopped: ' : ''}${round(acknowledged.traces)} spans, ${round(acknowledged.logs)} logs, ${round(acknowledged.metrics)} metric points acknowledged in ${seconds.toFixed(1)} s (${round(records / seconds)}/s)`,
  );
  console.log(
    `${round(sent.requests)} requests, ${round(sent.bytes / 1e6)} MB (${round(sent.wireBytes / 1e6)} MB on the wire, ${compression}), ${((user + system) / 1e6).toFixed(1)} s of CPU here, waited ${sent.waits} times, ${sent.rejected} rejected`,
  );
  if (reader !== undefined && before !== undefined) {
    const wrong = await readBack(reader, before, sent);
    if (wrong.length > 0) {
      console.log(`NOT all found:\n  ${wrong.join('\n  ')}`);
      return 1;
    }
    console.log('verified: every acknowledged record is counted by the API');
  }
  if (stop.signal.aborted) return 130;
  return sent.rejected > 0 ? 1 : 0;
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    const expected = error instanceof Mistake || error instanceof Refused;
    console.error(
      `seed: ${error instanceof Error ? (expected ? error.message : (error.stack ?? error.message)) : error}`,
    );
    process.exit(1);
  },
);
