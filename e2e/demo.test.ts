/** `npm run demo` and `npm run seed` against the real program, as a newcomer would run them. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually, type Instance, openInstance, root } from './instance.ts';
import { collectorPath } from './real-clients/clients.ts';

let instance: Instance;
const tokens = new Map<string, string>();

/** Starts a script of the repository that finds this instance by the environment. */
function run(script: string, args: readonly string[]) {
  const child = spawn(join(root, 'node_modules', '.bin', 'node'), [join(root, 'scripts', script), ...args], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      NODE_OPTIONS: '',
      HANOK_DATA_DIR: instance.dataDir,
      HANOK_HTTP_PORT: new URL(instance.url).port,
      HANOK_OTLP_HTTP_PORT: new URL(instance.otlpHttp).port,
      HANOK_OTLP_GRPC_PORT: instance.otlpGrpc.split(':')[1]!,
    },
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk));
  child.stderr.on('data', (chunk: Buffer) => (output += chunk));
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  return { child, ended, output: () => output };
}

beforeAll(async () => {
  instance = await openInstance();
  for (const { id, admin } of instance.bootstrap.tenants) tokens.set(id, await instance.login(admin));
});
afterAll(async () => instance?.dispose());

describe('npm run demo', () => {
  const range = { from: 'now-15m', to: 'now+5m' };
  const SHOP = ['catalog', 'front', 'inventory', 'mailer', 'orders', 'payment'];
  let demo: ReturnType<typeof run>;
  beforeAll(async () => {
    demo = run('demo.mjs', ['--rate', '4', '--slow-query', '0.3', '--port', '0']);
    await eventually(
      'both shops',
      async () => {
        if (demo.child.exitCode !== null) throw new Error(demo.output());
        return demo.output().includes('Ctrl-C ends everything');
      },
      180,
    );
  });
  afterAll(async () => {
    demo.child.kill('SIGINT');
    await demo.ended;
  });

  it.each(['tenant-a', 'tenant-b'])('shows the services of %s', async (tenant) => {
    const names = await eventually(
      'six services',
      async () => {
        const { services } = await instance.api<{ services: Array<{ name: string }> }>(
          tokens.get(tenant)!,
          'GET',
          '/api/v1/services?from=now-15m&to=now%2B5m',
        );
        const found = services.map((service) => service.name).sort();
        return SHOP.every((name) => found.includes(name)) && found;
      },
      60,
    );
    expect(names).toEqual(SHOP);
  });

  it.each(['tenant-a', 'tenant-b'])(
    'lets one find the slow statement of %s and the lines of that request',
    async (tenant) => {
      const token = tokens.get(tenant)!;
      type Trace = { traceId: string; spans: Array<{ serviceName: string; duration: number; attributes: object }> };
      // What the catalog did slowly while it started has no visitor; a visitor's request begins in the front.
      const trace = await eventually(
        'a slow request, whole',
        async () => {
          const { rows } = await instance.api<{ rows: Array<{ traceId: string }> }>(
            token,
            'POST',
            '/api/v1/traces/search',
            {
              ...range,
              query: 'service.name:catalog duration:>500ms',
              order: 'slowest',
            },
          );
          for (const { traceId } of rows) {
            const found = await instance.api<Trace>(token, 'GET', `/api/v1/traces/${traceId}`);
            if (found.spans.some((span) => span.serviceName === 'front')) return found;
          }
          return undefined;
        },
        90,
      );
      const statements = trace.spans.filter((span) => JSON.stringify(span.attributes).includes('JOIN reviews'));
      expect(statements.length).toBeGreaterThan(0);
      const { rows } = await eventually('its lines', async () => {
        const found = await instance.api<{ rows: Array<{ body: string; severityText: string; serviceName: string }> }>(
          token,
          'POST',
          '/api/v1/logs/search',
          { ...range, query: `trace_id:${trace.traceId}` },
        );
        return found.rows.some((row) => row.body.startsWith('slow query:')) && found;
      });
      expect(rows.find((row) => row.body.startsWith('slow query:'))).toMatchObject({
        severityText: 'warn',
        serviceName: 'catalog',
      });
    },
  );

  it.skipIf(collectorPath === undefined)('follows a trace over the queue into PM2’s log file', async () => {
    const token = tokens.get('tenant-a')!;
    const mailed = await eventually(
      'a line of the mailer',
      async () => {
        const { rows } = await instance.api<{ rows: Array<{ body: string; traceId: string }> }>(
          token,
          'POST',
          '/api/v1/logs/search',
          { ...range, query: 'service.name:mailer' },
        );
        return rows.find((row) => row.body.startsWith('mailed ') && row.traceId !== '');
      },
      60,
    );
    await eventually('the whole trace', async () => {
      const { spans } = await instance.api<{ spans: Array<{ serviceName: string }> }>(
        token,
        'GET',
        `/api/v1/traces/${mailed.traceId}`,
      );
      const services = new Set(spans.map((span) => span.serviceName));
      return ['front', 'orders', 'payment', 'mailer'].every((name) => services.has(name));
    });
  });

  it('leaves nothing behind after Ctrl-C', async () => {
    demo.child.kill('SIGINT');
    expect(await demo.ended).toBe(0);
    expect(demo.output()).toContain('everything has ended');
    expect(demo.output()).not.toContain('its last lines');
  });
});

describe('npm run seed', () => {
  it('writes what it says, and the API counts the same', async () => {
    const seed = run('seed.ts', ['shop', '--spans', '30k', '--logs', '30k', '--tenant', 'tenant-b', '--verify']);
    const code = await seed.ended;
    expect(seed.output()).toContain('verified: every acknowledged record is counted by the API');
    expect(code).toBe(0);
  });

  it('gives one trace of ten thousand spans', async () => {
    const seed = run('seed.ts', ['deep-trace', '--tenant', 'tenant-a', '--verify']);
    expect(await seed.ended, seed.output()).toBe(0);
  });

  it('refuses what it does not know', async () => {
    const seed = run('seed.ts', ['shopp']);
    expect(await seed.ended).toBe(1);
    expect(seed.output()).toContain('no scenario "shopp"');
  });
});
