/**
 * Tenant B attacks the full program: every route of the published OpenAPI document, with every identifier of a victim
 * who lives in a silo and of one who shares the pool with B. Nothing of theirs may come back, not even a hint.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { attackAll, type World } from '../server/src/edge/testkit.ts';
import { eventually, type Instance, openInstance } from './instance.ts';

interface Victim {
  readonly id: string;
  readonly ingestKey: string;
  readonly admin: { readonly email: string; readonly password: string };
}

let instance: Instance;
const victims = new Map<string, Victim>();
const ATTACKER = 'tenant-b';
const now = BigInt(Date.now()) * 1_000_000n;
const range = { from: String(now - 3_600_000_000_000n), to: String(now + 3_600_000_000_000n) };

const canary = (victim: string, what: string) => `canary7c1e${victim.replace('-', '')}${what}`;
const traceOf = (owner: string) => `${owner.at(-1)}1`.repeat(16);
/** The same form, and nobody's. */
const nobodys = (text: string) => text.replace('canary7c1e', 'canary5d2f');
const attribute = (key: string, stringValue: string) => ({ key, value: { stringValue } });

async function send(key: string, path: string, body: unknown): Promise<void> {
  const answer = await fetch(instance.otlpHttp + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${key}`, 'user-agent': 'attack' },
    body: JSON.stringify(body),
  });
  expect(answer.status).toBe(200);
}

/** One of everything, each with the owner's canaries in it. */
async function fill(owner: Victim): Promise<void> {
  const { id, ingestKey: key } = owner;
  const resource = {
    attributes: [
      attribute('service.name', canary(id, 'service')),
      attribute('host.name', canary(id, 'host')),
      attribute(canary(id, 'resourcekey'), 'v'),
    ],
  };
  const times = { startTimeUnixNano: String(now - 5_000_000_000n), endTimeUnixNano: String(now) };
  const traceId = traceOf(id);
  await send(key, '/v1/traces', {
    resourceSpans: [
      {
        resource,
        scopeSpans: [
          {
            scope: { name: canary(id, 'scope') },
            spans: [
              {
                traceId,
                spanId: traceId.slice(0, 16),
                name: canary(id, 'operation'),
                kind: 2,
                ...times,
                attributes: [attribute(canary(id, 'spankey'), canary(id, 'spanvalue'))],
              },
            ],
          },
        ],
      },
    ],
  });
  await send(key, '/v1/logs', {
    resourceLogs: [
      {
        resource,
        scopeLogs: [
          {
            logRecords: [
              {
                timeUnixNano: String(now),
                severityText: 'error',
                body: { stringValue: canary(id, 'body') },
                traceId,
                spanId: traceId.slice(0, 16),
                attributes: [attribute(canary(id, 'logkey'), canary(id, 'logvalue'))],
              },
            ],
          },
        ],
      },
    ],
  });
  const exemplars = [
    {
      timeUnixNano: String(now),
      asInt: '9007199254740993',
      traceId,
      spanId: traceId.slice(0, 16),
      filteredAttributes: [attribute(canary(id, 'exemplarkey'), canary(id, 'exemplarvalue'))],
    },
  ];
  const points = Array.from({ length: 5 }, (_, i) => ({
    timeUnixNano: String(now - BigInt(i) * 60_000_000_000n),
    asDouble: i,
    attributes: [attribute(canary(id, 'label'), canary(id, 'labelvalue'))],
    ...(i === 0 ? { exemplars } : {}),
  }));
  const buckets = [{ timeUnixNano: String(now), count: '3', bucketCounts: ['1', '2'], explicitBounds: [5], exemplars }];
  const metrics = [
    {
      name: canary(id, 'metric'),
      gauge: { dataPoints: points },
      metadata: [attribute(canary(id, 'metadatakey'), canary(id, 'metadatavalue'))],
    },
    { name: canary(id, 'buckets'), histogram: { aggregationTemporality: 2, dataPoints: buckets } },
  ];
  await send(key, '/v1/metrics', { resourceMetrics: [{ resource, scopeMetrics: [{ metrics }] }] });
}

beforeAll(async () => {
  instance = await openInstance({ env: { HANOK_LOG_LEVEL: 'warn' } });
  const operator = await instance.login(instance.bootstrap.operator);
  const made = await instance.api<{
    tenant: { id: string };
    ingestKey: string;
    admin: { email: string; password: string };
  }>(operator, 'POST', '/api/v1/tenants', {
    id: 'tenant-c',
    name: 'Tenant C',
    mode: 'pool',
    adminEmail: 'admin@tenant-c.example',
  });
  victims.set('tenant-a', instance.tenant('tenant-a'));
  victims.set('tenant-c', { id: 'tenant-c', ingestKey: made.ingestKey, admin: made.admin });
  for (const victim of victims.values()) await fill(victim);
  // B has data of its own, so that an empty answer is not the only one possible.
  await fill(instance.tenant(ATTACKER));
});
afterAll(async () => instance?.dispose());

async function worldOf(victimId: string): Promise<World> {
  const victim = victims.get(victimId)!;
  const attacker = instance.tenant(ATTACKER);
  const victimToken = await instance.login(victim.admin);
  const attackerToken = await instance.login(attacker.admin);
  const key = await instance.api<{ key: { id: string } }>(victimToken, 'POST', '/api/v1/keys', {
    name: canary(victimId, 'keyname'),
  });
  const person = await instance.api<{ user: { id: string } }>(victimToken, 'POST', '/api/v1/users', {
    email: `${canary(victimId, 'person')}@example.org`,
    role: 'member',
  });
  const memberEmail = `member-against-${victimId}@b.example`;
  const member = await instance.api<{ password: string }>(attackerToken, 'POST', '/api/v1/users', {
    email: memberEmail,
    role: 'member',
  });
  const revoked = await instance.login(attacker.admin);
  await instance.api(revoked, 'POST', '/api/v1/logout');
  const log = await eventually('the victim’s log', async () => {
    const found = await instance.api<{ rows: Array<{ id: string }> }>(
      victimToken,
      'POST',
      '/api/v1/logs/search',
      range,
    );
    return found.rows[0];
  });
  await eventually('the victim’s metric', async () => {
    const found = await instance.api<{ metrics: unknown[] }>(
      victimToken,
      'GET',
      `/api/v1/metrics?from=${range.from}&to=${range.to}`,
    );
    return found.metrics.length > 0;
  });
  const missingId = '00000000000000000000';
  // Sixteen bytes in base64url: the time, then a hash; another hash is nobody's line.
  const logId = {
    existing: log.id,
    missing: `${log.id.slice(0, 14)}${log.id[14] === 'Q' ? 'R' : 'Q'}${log.id.slice(15)}`,
  };
  const identifiers = {
    traceId: { existing: traceOf(victimId), missing: 'f0'.repeat(16) },
    service: { existing: canary(victimId, 'service'), missing: nobodys(canary(victimId, 'service')) },
    name: { existing: canary(victimId, 'metric'), missing: nobodys(canary(victimId, 'metric')) },
    'POST /api/v1/logs/context id': logId,
    'DELETE /api/v1/keys/{id} id': { existing: key.key.id, missing: `k_${missingId}` },
    'DELETE /api/v1/users/{id} id': { existing: person.user.id, missing: `u_${missingId}` },
    'PATCH /api/v1/users/{id} id': { existing: person.user.id, missing: `u_${missingId}` },
    'PUT /api/v1/users/{id}/password id': { existing: person.user.id, missing: `u_${missingId}` },
    'PATCH /api/v1/tenants/{id} id': { existing: victimId, missing: 'tenant-q' },
  };
  const what = [
    'service',
    'host',
    'scope',
    'operation',
    'spankey',
    'spanvalue',
    'body',
    'logkey',
    'logvalue',
    'metric',
    'label',
    'labelvalue',
    'exemplarkey',
    'metadatakey',
    'resourcekey',
  ];
  return {
    baseUrl: instance.url,
    // Texts that attacks themselves carry cannot tell a leak from an echo; the others must not come back.
    canaries: [
      canary(victimId, 'body'),
      canary(victimId, 'logvalue'),
      canary(victimId, 'spanvalue'),
      canary(victimId, 'labelvalue'),
      canary(victimId, 'exemplarvalue'),
      canary(victimId, 'metadatavalue'),
      canary(victimId, 'operation'),
      canary(victimId, 'host'),
      canary(victimId, 'keyname'),
      `${canary(victimId, 'person')}@example.org`,
    ],
    tenant: { existing: victimId, missing: 'tenant-q' },
    attackerTenant: ATTACKER,
    identifiers,
    everywhere: [
      identifiers.traceId,
      identifiers.service,
      identifiers.name,
      { existing: canary(victimId, 'buckets'), missing: nobodys(canary(victimId, 'buckets')) },
      logId,
      { existing: key.key.id, missing: `k_${missingId}` },
      { existing: person.user.id, missing: `u_${missingId}` },
      { existing: victim.ingestKey, missing: `hk_${'A'.repeat(43)}` },
      ...what
        .filter((one) => one.endsWith('key') || one === 'scope' || one === 'label')
        .map((one) => ({ existing: canary(victimId, one), missing: nobodys(canary(victimId, one)) })),
    ],
    samples: {
      metric: canary(ATTACKER, 'metric'),
      'GET /api/v1/metrics/{name}/points name': canary(ATTACKER, 'metric'),
      'POST /api/v1/logs/context id': log.id,
    },
    signIn: async (who) => {
      if (who === 'attacker-member') return instance.login({ email: memberEmail, password: member.password });
      return instance.login(who === 'victim-admin' ? victim.admin : attacker.admin);
    },
    revoked,
    keys: { attacker: attacker.ingestKey, victim: victim.ingestKey },
    streamMs: 50,
    exempt: [
      {
        operation: 'PUT /api/v1/me/password',
        name: / in current$/,
        reason: 'guessing is throttled: the one of two guesses that comes later may be told to wait',
        sometimes: true,
      },
    ],
    mask: (text) =>
      text.replace(
        /"(?:rate|elapsedMs|rowsRead|bytesRead|freeBytes|bytes|bytesOnDisk|bytesPerRow|lagSeconds|lagRows|parts)":[\d.e+-]+/g,
        '"…":0',
      ),
  };
}

describe.each(['tenant-a', 'tenant-c'])('%s is attacked by tenant-b', (victimId) => {
  it('and gives nothing away', { timeout: 600_000 }, async () => {
    const world = await worldOf(victimId);
    const document = await (await fetch(`${instance.url}/api/v1/openapi.json`)).json();
    const outcome = await attackAll(document, world);
    console.log(`${outcome.operations} operations, ${outcome.attacks} attacks, ${outcome.requests} requests`);
    expect(outcome.problems).toEqual([]);
    expect(outcome.attacks).toBeGreaterThan(2_000);
  });
});

it('the canaries are in nobody else’s data on disk terms either: each engine answers for its own tenants only', async () => {
  const token = await instance.login(instance.tenant(ATTACKER).admin);
  const { services } = await instance.api<{ services: Array<{ name: string }> }>(
    token,
    'GET',
    `/api/v1/services?from=${range.from}&to=${range.to}`,
  );
  expect(services.map((one) => one.name)).toEqual([canary(ATTACKER, 'service')]);
});
