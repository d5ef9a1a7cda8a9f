/** One tenant's shop: its Collector, its services and its visitors, as processes with environments. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { listening, portNear } from './ports.mjs';

const demo = dirname(dirname(fileURLToPath(import.meta.url)));
const VERSION = '1.4.2';
const WEB_SERVICES = ['catalog', 'inventory', 'payment', 'orders', 'front'];
/** What the shop uses of the official auto-instrumentation; the rest is not loaded, for a quicker start. */
const INSTRUMENTATIONS = 'http,undici,express,pg,amqplib,pino,winston,runtime-node';

/**
 * Everything a service knows of telemetry: the standard variables. `endpoint` is a Collector on loopback, which needs
 * no key, or Hanok itself.
 */
function telemetry(
  service,
  { environment, conventions, endpoint, headers, instrumentations = INSTRUMENTATIONS, logs = 'otlp' },
) {
  return {
    NODE_OPTIONS: '--require @opentelemetry/auto-instrumentations-node/register',
    OTEL_SERVICE_NAME: service,
    OTEL_RESOURCE_ATTRIBUTES: `deployment.environment=${environment},service.namespace=shop,service.version=${VERSION}`,
    ...(conventions === 'stable' ? { OTEL_SEMCONV_STABILITY_OPT_IN: 'http,database' } : {}),
    OTEL_TRACES_EXPORTER: 'otlp',
    OTEL_METRICS_EXPORTER: 'otlp',
    OTEL_LOGS_EXPORTER: logs,
    OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf',
    OTEL_EXPORTER_OTLP_COMPRESSION: 'gzip',
    OTEL_EXPORTER_OTLP_ENDPOINT: endpoint,
    ...(headers === undefined ? {} : { OTEL_EXPORTER_OTLP_HEADERS: headers }),
    OTEL_NODE_ENABLED_INSTRUMENTATIONS: instrumentations,
    OTEL_NODE_RESOURCE_DETECTORS: 'env,host,os,process,serviceinstance',
    OTEL_METRIC_EXPORT_INTERVAL: '10000',
    OTEL_METRIC_EXPORT_TIMEOUT: '8000',
    OTEL_BSP_SCHEDULE_DELAY: '500',
    OTEL_BLRP_SCHEDULE_DELAY: '500',
    OTEL_LOG_LEVEL: 'warn',
  };
}

/** The variables a child gets from us; ours of OTEL_* and NODE_OPTIONS must not leak into the shop. */
function plainEnvironment() {
  return Object.fromEntries(
    Object.entries(process.env).filter(([key]) => !/^(OTEL_|NODE_OPTIONS|npm_|HANOK_|PM2_)/.test(key)),
  );
}

/** Starts the tenant's Collector and returns where it listens for OTLP/HTTP. */
async function startCollector({ tenant, collector, protocol, hanok, environment, folder, children, say }) {
  const otlp = await portNear();
  const health = await portNear();
  const config = (name) => ['--config', join(demo, 'collector', name)];
  let complaints = 0;
  children.start(
    `collector-${tenant.id}`,
    collector,
    [...config('collector.yaml'), ...config(`exporter-${protocol}.yaml`)],
    {
      env: {
        ...plainEnvironment(),
        TENANT: tenant.id,
        ENVIRONMENT: environment,
        HANOK_KEY: tenant.ingestKey,
        HANOK_OTLP: protocol === 'grpc' ? hanok.grpc : hanok.http,
        OTLP_PORT: String(otlp),
        HEALTH_PORT: String(health),
        PM2_LOGS: join(folder, 'pm2', '*.log'),
        STATE_DIR: join(folder, 'collector'),
      },
      onLine: (line) => {
        if (/\terror\t|Error:/.test(line) && complaints++ < 3) say(`collector of ${tenant.id}: ${line}`);
      },
    },
  );
  await listening(health, `the Collector of ${tenant.id}`);
  return `http://127.0.0.1:${otlp}`;
}

/** Starts the mailer under PM2, which writes its output to files, one JSON object around each line. */
function startMailer({ tenant, folder, children, env }) {
  const pm2 = join(folder, 'pm2');
  mkdirSync(pm2, { recursive: true });
  const app = {
    name: 'mailer',
    script: join(demo, 'shop', 'mailer.js'),
    cwd: demo,
    log_type: 'json',
    out_file: join(pm2, 'mailer-out.log'),
    error_file: join(pm2, 'mailer-error.log'),
    merge_logs: true,
    pmx: false,
    vizion: false,
    env,
  };
  const ecosystem = join(folder, 'ecosystem.config.json');
  writeFileSync(ecosystem, JSON.stringify({ apps: [app] }, null, 2), { mode: 0o600 });
  children.start(
    `mailer-${tenant.id}`,
    process.execPath,
    [join(demo, 'node_modules', 'pm2', 'bin', 'pm2-runtime'), 'start', ecosystem],
    { cwd: demo, env: { ...plainEnvironment(), PM2_HOME: join(folder, 'pm2-home') } },
  );
}

/**
 * @param {object} options
 * @param {{ id: string, name: string, ingestKey: string }} options.tenant
 * @param {string | undefined} options.collector path of a Collector; without it the shop sends straight to Hanok
 * @param {'grpc' | 'http'} options.protocol how the Collector sends
 * @param {{ grpc: string, http: string, ui: string }} options.hanok
 * @param {string} options.environment
 * @param {'stable' | 'old'} options.conventions semantic conventions of HTTP and database spans
 * @param {number | undefined} options.port wanted port of the front; the other services take the next ones
 * @param {Record<string, number>} options.switches slowQuery, errors, leak from 0 to 1; rate in visits per second
 * @returns the front's URL
 */
export async function startShop(options) {
  const { tenant, collector, hanok, environment, children, switches, say } = options;
  const folder = join(options.folder, tenant.id);
  mkdirSync(folder, { recursive: true });
  const ports = { front: await portNear(options.port), load: await portNear() };
  for (const [i, name] of WEB_SERVICES.entries())
    ports[name] ??= await portNear(options.port === undefined ? undefined : options.port + 1 + i);
  const url = (name) => `http://127.0.0.1:${ports[name]}`;

  const endpoint = collector === undefined ? hanok.http : await startCollector({ ...options, folder });
  const sending = {
    environment,
    conventions: options.conventions,
    endpoint,
    ...(collector === undefined
      ? { headers: `authorization=Bearer%20${tenant.ingestKey},x-business-id=${tenant.id}` }
      : {}),
  };
  const shared = {
    DATABASE_URL: options.databaseUrl,
    AMQP_URL: options.amqpUrl,
    SHOP_NAME: `Hanok shop · ${tenant.id}`,
    HANOK_URL: hanok.ui,
    SWITCHES: JSON.stringify(switches),
    LOAD_URL: url('load'),
    ...Object.fromEntries(WEB_SERVICES.map((name) => [`${name.toUpperCase()}_URL`, url(name)])),
  };
  for (const name of WEB_SERVICES) {
    const instrumentations = name === 'front' ? `${INSTRUMENTATIONS},host-metrics` : INSTRUMENTATIONS;
    children.start(`${name}-${tenant.id}`, process.execPath, [join(demo, 'shop', `${name}.js`)], {
      cwd: demo,
      env: {
        ...plainEnvironment(),
        ...shared,
        ...telemetry(name, { ...sending, instrumentations }),
        PORT: String(ports[name]),
      },
    });
  }
  // With a Collector the mailer's lines travel through PM2's files, and only there.
  const mailerLogs = collector === undefined ? 'otlp' : 'none';
  startMailer({
    tenant,
    folder,
    children,
    env: { ...shared, ...telemetry('mailer', { ...sending, logs: mailerLogs }) },
  });
  await Promise.all(WEB_SERVICES.map((name) => listening(ports[name], `${name} of ${tenant.id}`)));

  const set = (changes) =>
    fetch(`${url('front')}/demo/switches`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(changes),
    });
  const { rate, ...faults } = switches;
  const on = Object.fromEntries(Object.entries(faults).filter(([, share]) => share > 0));
  if (Object.keys(on).length > 0) await set(on);
  children.start(`visitors-${tenant.id}`, process.execPath, [join(demo, 'load', 'generator.js')], {
    env: { ...plainEnvironment(), SHOP_URL: url('front'), RATE: String(rate), PORT: String(ports.load) },
  });
  say(`shop of ${tenant.id} is open: ${url('front')}`);
  return url('front');
}
