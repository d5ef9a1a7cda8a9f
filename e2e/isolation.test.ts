/**
 * Tenant B attacks the full program: every route of the published OpenAPI document, with every identifier of a victim
 * who lives in a silo and of one who shares the pool with B. Nothing of theirs may come back, not even a hint.
 */

import { setTimeout as pause } from 'node:timers/promises';
import type { IngestActivityResponse } from '@hanok/contract';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  attackAll,
  GUESSING_EXEMPT,
  type Identifier,
  SIGN_IN_SAMPLES,
  TOKEN_PERMISSION,
  timeAll,
  type World,
} from '../server/src/edge/testkit.ts';
import { eventually, type Instance, openInstance } from './instance.ts';

interface Victim {
  readonly id: string;
  readonly ingestKey: string;
  readonly admin: { readonly email: string; readonly password: string };
}

let instance: Instance;
/** Of a tenant that was deleted. */
let certificate: string;
const victims = new Map<string, Victim>();
const ATTACKER = 'tenant-b';
/**
 * What is sent is ten minutes old, and what is asked for ends five minutes ago: rates of a range that is still running
 * change with every answer.
 */
const now = BigInt(Date.now() - 600_000) * 1_000_000n;
const range = { from: String(now - 3_600_000_000_000n), to: String(now + 300_000_000_000n) };

/** The attacker's own are like nobody else's: what it is told of the nearest of its own fields must not depend on the twin. */
const canary = (owner: string, what: string) =>
  owner === ATTACKER ? `own${what}` : `canary7c1e${owner.replace('-', '')}${what}`;
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

const twins = (victim: string, what: string): Identifier => ({
  existing: canary(victim, what),
  missing: nobodys(canary(victim, what)),
});

/** Every way in which the query language can ask for something that only the victim has. */
function grammarOf(victim: string): Identifier[] {
  const forms: ReadonlyArray<readonly [string, (text: string) => string]> = [
    ['body', (word) => word],
    ['body', (word) => `-${word}`],
    ['body', (word) => `"${word} and more"`],
    ['body', (word) => `${word.slice(0, -2)}*`],
    ['body', (word) => `body:*${word.slice(4)}`],
    ['body', (word) => `/${word.slice(0, -3)}.../`],
    ['body', (word) => `NOT (body:/${word}/ OR level:debug)`],
    ['service', (word) => `service.name:${word}`],
    ['service', (word) => `service.name:(nobody OR ${word})`],
    ['host', (word) => `-host.name:${word.slice(0, -1)}*`],
    ['logvalue', (word) => `attributes.${canary(victim, 'logkey')}:${word}`],
    ['logkey', (word) => `${word}:*`],
    ['spankey', (word) => `${word}:*`],
    ['resourcekey', (word) => `resource.${word}:v`],
    ['scope', (word) => `scope.name:${word}`],
    ['operation', (word) => `name:${word}`],
    ['metric', (word) => `metric:${word} OR ${word}`],
    ['label', (word) => `${word}:>0 OR ${word}:*`],
  ];
  return [
    ...forms.map(([what, form]) => ({
      existing: form(canary(victim, what)),
      missing: form(nobodys(canary(victim, what))),
    })),
    { existing: `trace_id:${traceOf(victim)}`, missing: `trace_id:${'f0'.repeat(16)}` },
    { existing: `span_id:${traceOf(victim).slice(0, 16)}`, missing: `span_id:${'f0'.repeat(8)}` },
    { existing: `business_id:${victim}`, missing: 'business_id:tenant-q' },
  ];
}

/** So many lines and spans have the victim's words: enough that work for them would be heard in the times. */
const MANY = 400;

/** One of everything, each with the owner's canaries in it, and of logs and spans many. */
async function fill(owner: Victim): Promise<void> {
  const { id, ingestKey: key } = owner;
  // The attacker's fit on one page: a cursor holds a hash of the question's text, which differs from its twin's.
  const many = id === ATTACKER ? 20 : MANY;
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
              ...Array.from({ length: many }, (_, i) => ({
                traceId,
                spanId: (i + 1).toString(16).padStart(16, '0'),
                parentSpanId: traceId.slice(0, 16),
                name: canary(id, 'operation'),
                kind: 3,
                ...times,
                attributes: [attribute(canary(id, 'spankey'), canary(id, 'spanvalue'))],
              })),
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
              ...Array.from({ length: many }, (_, i) => ({
                timeUnixNano: String(now - BigInt(i) * 1_000_000n),
                severityText: 'info',
                body: { stringValue: `${canary(id, 'body')} and more ${i}` },
                traceId,
                attributes: [attribute(canary(id, 'logkey'), canary(id, 'logvalue'))],
              })),
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

async function deleted(operator: string): Promise<string> {
  const id = 'tenant-gone';
  const asking = { confirm: id, reason: 'x', delayHours: 0, immediately: true };
  await instance.api(operator, 'POST', '/api/v1/tenants', { id, name: id, mode: 'silo', adminEmail: 'a@gone.example' });
  await instance.api(operator, 'DELETE', `/api/v1/tenants/${id}`, asking);
  return eventually(
    'the certificate',
    async () => {
      const path = `/api/v1/certificates?tenant=${id}`;
      const found = await instance.api<{ certificates: { id: string }[] }>(operator, 'GET', path);
      return found.certificates[0]?.id;
    },
    60,
  );
}

beforeAll(async () => {
  instance = await openInstance({ env: { HANOK_LOG_LEVEL: 'warn', HANOK_TRUST_PROXY: '127.0.0.1' } });
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
  certificate = await deleted(operator);
  victims.set('tenant-a', instance.tenant('tenant-a'));
  victims.set('tenant-c', { id: 'tenant-c', ingestKey: made.ingestKey, admin: made.admin });
  for (const victim of victims.values()) await fill(victim);
  // B has data of its own, so that an empty answer is not the only one possible.
  await fill(instance.tenant(ATTACKER));
});
afterAll(async () => instance?.dispose());

/** What reads telemetry, and so an engine. */
const TELEMETRY: ReadonlySet<string> = new Set([
  'logs.read',
  'traces.read',
  'metrics.read',
  'services.read',
  'fields.read',
  'ingest.read',
  'storage.read',
]);

const worlds = new Map<string, Promise<World>>();
/** Made once: its people and keys are. */
function worldOf(victimId: string): Promise<World> {
  let world = worlds.get(victimId);
  if (!world) {
    world = makeWorld(victimId);
    worlds.set(victimId, world);
  }
  return world;
}

async function makeWorld(victimId: string): Promise<World> {
  const victim = victims.get(victimId)!;
  const attacker = instance.tenant(ATTACKER);
  const victimToken = await instance.login(victim.admin);
  const attackerToken = await instance.login(attacker.admin);
  const key = await instance.api<{ key: { id: string } }>(victimToken, 'POST', '/api/v1/keys', {
    name: canary(victimId, 'keyname'),
  });
  const person = await instance.api<{ user: { id: string } }>(victimToken, 'POST', '/api/v1/users', {
    email: `${canary(victimId, 'person')}@example.org`,
    role: 'editor',
  });
  const issuer = await instance.api<{ id: string }>(victimToken, 'POST', '/api/v1/jwt-issuers', {
    name: canary(victimId, 'issuername'),
    issuer: `https://${canary(victimId, 'issuer')}.example.com`,
    source: 'discovery',
    audiences: ['hanok'],
  });
  const role = await instance.api<{ id: string }>(victimToken, 'POST', '/api/v1/roles', {
    name: canary(victimId, 'role'),
    permissions: ['logs.read'],
  });
  const account = await instance.api<{ id: string }>(victimToken, 'POST', '/api/v1/service-accounts', {
    name: canary(victimId, 'account'),
    role: 'viewer',
  });
  const victimApiToken = await instance.api<{ token: { id: string } }>(victimToken, 'POST', '/api/v1/tokens', {
    name: canary(victimId, 'token'),
    permissions: [TOKEN_PERMISSION],
  });
  const operator = await instance.login(instance.bootstrap.operator);
  // Ended at once: the victim's data is closed to the operator while it is attacked.
  const access = await instance.api<{ id: string }>(operator, 'POST', `/api/v1/tenants/${victimId}/access`, {
    reason: canary(victimId, 'reason'),
  });
  await instance.api(operator, 'DELETE', `/api/v1/tenants/${victimId}/access`);
  const invitation = await instance.api<{ invitation: { id: string } }>(victimToken, 'POST', '/api/v1/invitations', {
    email: `${canary(victimId, 'invited')}@example.org`,
    role: 'viewer',
  });
  const victimSessions = await instance.api<{ sessions: Array<{ id: string }> }>(
    victimToken,
    'GET',
    '/api/v1/me/sessions',
  );
  const viewerEmail = `viewer-against-${victimId}@b.example`;
  const viewer = await instance.api<{ password: string }>(attackerToken, 'POST', '/api/v1/users', {
    email: viewerEmail,
    role: 'viewer',
  });
  const attackerApiToken = await instance.api<{ secret: string }>(attackerToken, 'POST', '/api/v1/tokens', {
    name: 'attack',
    permissions: [TOKEN_PERMISSION],
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
    'POST /api/v1/keys/{id}/rotate id': { existing: key.key.id, missing: `k_${missingId}` },
    'PUT /api/v1/jwt-issuers/{id} id': { existing: issuer.id, missing: `ji_${missingId}` },
    'DELETE /api/v1/jwt-issuers/{id} id': { existing: issuer.id, missing: `ji_${missingId}` },
    'GET /api/v1/tenants/{id} id': { existing: victimId, missing: 'tenant-q' },
    ...Object.fromEntries(
      [
        'DELETE /api/v1/users/{id}',
        'PATCH /api/v1/users/{id}',
        'PUT /api/v1/users/{id}/password',
        'PUT /api/v1/users/{id}/owner',
        'DELETE /api/v1/users/{id}/owner',
        'POST /api/v1/users/{id}/reset-link',
        'DELETE /api/v1/users/{id}/sessions',
        'DELETE /api/v1/users/{id}/second-factor',
        'PATCH /api/v1/operators/{id}',
        'DELETE /api/v1/operators/{id}',
        'PUT /api/v1/operators/{id}/password',
        'POST /api/v1/operators/{id}/reset-link',
        'DELETE /api/v1/operators/{id}/second-factor',
      ].map((one) => [`${one} id`, { existing: person.user.id, missing: `u_${missingId}` }]),
    ),
    'DELETE /api/v1/invitations/{id} id': { existing: invitation.invitation.id, missing: `l_${missingId}` },
    'DELETE /api/v1/me/sessions/{id} id': { existing: victimSessions.sessions[0]!.id, missing: 'A'.repeat(22) },
    'PUT /api/v1/roles/{id} id': { existing: role.id, missing: `r_${missingId}` },
    'DELETE /api/v1/roles/{id} id': { existing: role.id, missing: `r_${missingId}` },
    'DELETE /api/v1/tokens/{id} id': { existing: victimApiToken.token.id, missing: `t_${missingId}` },
    'DELETE /api/v1/instance/tokens/{id} id': { existing: victimApiToken.token.id, missing: `t_${missingId}` },
    'DELETE /api/v1/service-accounts/{id} id': { existing: account.id, missing: `sa_${missingId}` },
    'DELETE /api/v1/operator-access/{id} id': { existing: access.id, missing: `oa_${missingId}` },
    tenant: { existing: victimId, missing: 'tenant-q' },
    'PATCH /api/v1/tenants/{id} id': { existing: victimId, missing: 'tenant-q' },
    'PATCH /api/v1/plans/{id} id': { existing: 'standard', missing: 'none' },
    'DELETE /api/v1/plans/{id} id': { existing: 'standard', missing: 'none' },
    'DELETE /api/v1/tenants/{id} id': { existing: victimId, missing: 'tenant-q' },
    'POST /api/v1/tenants/{id}/undelete id': { existing: victimId, missing: 'tenant-q' },
    'GET /api/v1/certificates/{id} id': { existing: certificate, missing: `cert_${missingId}` },
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
      canary(victimId, 'issuername'),
      `${canary(victimId, 'person')}@example.org`,
      `${canary(victimId, 'invited')}@example.org`,
      canary(victimId, 'role'),
      canary(victimId, 'account'),
      canary(victimId, 'token'),
      canary(victimId, 'reason'),
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
      { existing: issuer.id, missing: `ji_${missingId}` },
      { existing: victim.ingestKey, missing: `hk_${'A'.repeat(43)}` },
      ...what
        .filter((one) => one.endsWith('key') || one === 'scope' || one === 'label')
        .map((one) => ({ existing: canary(victimId, one), missing: nobodys(canary(victimId, one)) })),
    ],
    queries: {
      query: grammarOf(victimId),
      search: ['metric', 'service'].map((what) => twins(victimId, what)),
      prefix: ['logkey', 'resourcekey', 'labelvalue'].map((what) => twins(victimId, what)),
      field: ['logkey', 'resourcekey', 'spankey', 'label'].map((what) => twins(victimId, what)),
    },
    // The range is said, so that answers name the same instants whenever they are given.
    samples: {
      metric: canary(ATTACKER, 'metric'),
      'GET /api/v1/metrics/{name}/points name': canary(ATTACKER, 'metric'),
      'POST /api/v1/logs/context id': log.id,
      // Refused before one is made: a tenant has twenty at most, and of two attempts the later one could be one too many.
      'POST /api/v1/jwt-issuers source': 'static',
      ...SIGN_IN_SAMPLES,
      role: 'viewer',
      ...range,
    },
    signIn: async (who) => {
      if (who === 'attacker-viewer') return instance.login({ email: viewerEmail, password: viewer.password });
      if (who === 'attacker-token') return attackerApiToken.secret;
      if (who === 'operator') return instance.login(instance.bootstrap.operator);
      return instance.login(who === 'victim-owner' ? victim.admin : attacker.admin);
    },
    revoked,
    keys: { attacker: attacker.ingestKey, victim: victim.ingestKey },
    // The others are attacked with everything where they live (server/src/edge/isolation.test.ts).
    briefly: ({ permission }) => !TELEMETRY.has(permission),
    // 198.18.0.0/15 is for tests of networks (RFC 2544).
    headersOf: (n) => ({ 'x-forwarded-for': `198.${18 + ((n >> 16) & 1)}.${(n >> 8) & 255}.${n & 255}` }),
    streamMs: 50,
    exempt: GUESSING_EXEMPT,
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

/**
 * Pairs of questions whose times are compared. A few keep the suite's code and the routes honest in everyday runs; with 200
 * a difference of a third of the usual spread is heard (`.ci/run` sets that).
 */
const PAIRS = Number(process.env['HANOK_TIMING_PAIRS'] ?? 20);

it('how long an answer takes does not tell what a neighbour in the pool has', { timeout: 1_800_000 }, async () => {
  const world = await worldOf('tenant-c');
  const document = await (await fetch(`${instance.url}/api/v1/openapi.json`)).json();
  const { compared, problems, nearest } = await timeAll(document, world, PAIRS);
  console.log(`${compared} pairs, ${PAIRS} times each; nearest: ${nearest.name}, p = ${nearest.p.toExponential(1)}`);
  expect(compared).toBeGreaterThan(25);
  expect(problems).toEqual([]);
});

describe('streams of the attacker while the victim sends', () => {
  /** What a stream says while something is done, and how long that took. */
  const listen = async (path: string, meanwhile: () => Promise<void>) => {
    const token = await instance.login(instance.tenant(ATTACKER).admin);
    const stop = new AbortController();
    const answer = await fetch(instance.url + path, {
      headers: { authorization: `Bearer ${token}` },
      signal: stop.signal,
    });
    expect(answer.status).toBe(200);
    let text = '';
    const reading = (async () => {
      try {
        for await (const chunk of answer.body ?? []) text += Buffer.from(chunk).toString();
      } catch {
        // Ended by us.
      }
    })();
    // How long a stream takes to begin depends on what the machine does besides.
    await eventually('the first event', async () => text.includes('\n\n'));
    const began = performance.now();
    await meanwhile();
    const took = performance.now() - began;
    stop.abort();
    await reading;
    // What an event says is compared, not when it was said.
    const events = text
      .replace(/"(?:at|now|time)":"?[\d.]+"?/g, '')
      .replace(/^(?::.*|id:.*)\n/gm, '')
      .split('\n\n')
      // What was cut off by our going.
      .slice(0, -1)
      .filter((event) => event.trim() !== '');
    // Some streams say the same again every second.
    const distinct = events.filter((event, index) => event !== events[index - 1]);
    return { text, events, distinct, took };
  };

  const ownMinuteIsEmpty = async () => {
    const token = await instance.login(instance.tenant(ATTACKER).admin);
    const path = '/api/v1/ingest-activity';
    const isEmpty = async () => {
      const view = await instance.api<{ accepted: Record<string, number[]>; refused: number[] }>(token, 'GET', path);
      return [...Object.values(view.accepted), view.refused].flat().every((count) => count === 0);
    };
    // The second under way is not told yet.
    await pause(2_000);
    await eventually('a minute without requests of the attacker', isEmpty, 90);
  };

  it.each([
    `/api/v1/logs/tail?query=${canary('tenant-c', 'body')}`,
    '/api/v1/logs/tail',
    `/api/v1/logs/tail?query=-${canary('tenant-c', 'body')}`,
    '/api/v1/ingest-activity/stream',
  ])('%s says what it says when nobody sends', { timeout: 150_000 }, async (path) => {
    // What the attacker sent itself moves through the last minute, second by second: compared is a minute without.
    if (path.includes('ingest-activity')) await ownMinuteIsEmpty();
    const sending = await listen(path, async () => {
      await pause(500);
      for (let i = 0; i < 5; i++) await fill(victims.get('tenant-c')!);
      await pause(1_500);
    });
    // Listened to for as long: what says something every second says it as often.
    const quiet = await listen(path, () => pause(sending.took));
    expect(sending.distinct).toEqual(quiet.distinct);
    expect(Math.abs(sending.events.length - quiet.events.length)).toBeLessThanOrEqual(1);
    expect(sending.text).not.toContain('canary7c1etenantc');
  });
});

it('the numbers and cursors of an audit log count what its own tenant did, and nothing of the victim', async () => {
  const token = await instance.login(instance.tenant(ATTACKER).admin);
  const newest = async (cursor?: string) => {
    const path = `/api/v1/audit?limit=1${cursor === undefined ? '' : `&cursor=${cursor}`}`;
    const { rows, ...rest } = await instance.api<{ rows: Array<{ seq: number }>; cursor: string }>(token, 'GET', path);
    return { seq: rows[0]!.seq, cursor: rest.cursor };
  };
  const before = await newest();
  for (let i = 0; i < 5; i++) await instance.login(victims.get('tenant-c')!.admin);
  const { key } = await instance.api<{ key: { id: string } }>(token, 'POST', '/api/v1/keys', { name: 'counted' });
  for (let i = 0; i < 5; i++) await instance.login(victims.get('tenant-a')!.admin);
  await instance.api(token, 'DELETE', `/api/v1/keys/${key.id}`);
  const after = await newest();
  expect(after.seq - before.seq).toBe(2);
  expect(Number(after.cursor) - Number(before.cursor)).toBe(2);
  expect((await newest(after.cursor)).seq).toBe(after.seq - 1);
});

it('refused credentials are told to the tenant whose they are, and to no other', async () => {
  const attacker = await instance.login(instance.tenant(ATTACKER).admin);
  const { key, secret } = await instance.api<{ key: { id: string; prefix: string }; secret: string }>(
    attacker,
    'POST',
    '/api/v1/keys',
    { name: 'lost' },
  );
  await instance.api(attacker, 'DELETE', `/api/v1/keys/${key.id}`);
  const post = async (headers: Record<string, string>) => {
    const answer = await fetch(`${instance.otlpHttp}/v1/logs`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'user-agent': 'lost sender', ...headers },
      body: '{}',
    });
    const { details } = (await answer.json()) as { details: Array<{ reason: string }> };
    return [answer.status, details[0]!.reason];
  };
  const own = instance.tenant(ATTACKER).ingestKey;
  for (let i = 0; i < 2; i++) expect(await post({ 'x-hanok-key': secret })).toEqual([401, 'edge.revoked-key']);
  expect(await post({ 'x-hanok-key': own, 'x-business-id': 'tenant-c' })).toEqual([403, 'edge.tenant-mismatch']);
  expect(await post({ 'x-hanok-key': own, 'x-business-id': 'tenant-q' })).toEqual([403, 'edge.tenant-mismatch']);
  expect(await post({ 'x-hanok-key': `hk_${'A'.repeat(43)}` })).toEqual([401, 'edge.unknown-key']);
  const refusedOf = async (token: string, headers = {}) => {
    const path = '/api/v1/ingest-activity';
    const activity = await instance.api<IngestActivityResponse>(token, 'GET', path, undefined, headers);
    return activity.recent
      .filter(({ userAgent }) => userAgent === 'lost sender')
      .map(({ code, requests, remote, values, fix }) => ({ code, requests, remote, values, told: fix !== null }));
  };
  const told = { remote: '127.0.0.1', told: true };
  expect(await refusedOf(attacker)).toEqual([
    { ...told, code: 'edge.tenant-mismatch', requests: 2, values: { at: 'x-business-id' } },
    { ...told, code: 'edge.revoked-key', requests: 2, values: { key: key.prefix } },
  ]);
  for (const victim of victims.values()) expect(await refusedOf(await instance.login(victim.admin))).toEqual([]);
  const operator = await instance.login(instance.bootstrap.operator);
  expect(await refusedOf(operator, { 'x-hanok-tenant': 'hanok' })).toEqual([
    expect.objectContaining({ code: 'edge.unknown-key', requests: 1 }),
  ]);
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
