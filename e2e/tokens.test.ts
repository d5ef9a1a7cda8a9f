/** Senders with tokens of an issuer that a tenant set up: the real program, an issuer over HTTP, both OTLP ports. */
import { generateKeyPairSync, sign } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import * as grpc from '@grpc/grpc-js';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { eventually, type Instance, openInstance } from './instance.ts';

const LOGS = '/opentelemetry.proto.collector.logs.v1.LogsService/Export';
const pair = generateKeyPairSync('rsa', { modulusLength: 2_048 });

let instance: Instance;
let issuer: Server;
let iss: string;
let admin: string;
let visits: string[];
beforeAll(async () => {
  visits = [];
  issuer = createServer((request, response) => {
    visits.push(request.url!);
    const answer =
      request.url === '/.well-known/openid-configuration'
        ? { issuer: iss, jwks_uri: `${iss}/keys` }
        : { keys: [{ ...pair.publicKey.export({ format: 'jwk' }), kid: 'one', use: 'sig' }] };
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
  });
  await new Promise<void>((resolve) => issuer.listen(0, '127.0.0.1', resolve));
  const { port } = issuer.address() as AddressInfo;
  iss = `http://127.0.0.1:${port}`;
  instance = await openInstance({ env: { HANOK_OUTBOUND_ALLOW: `127.0.0.1:${port}` } });
  admin = await instance.login(instance.tenant('tenant-b').admin);
});
afterAll(async () => {
  await instance?.dispose();
  issuer?.close();
});

const b64 = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
function token(claims: object = {}): string {
  const exp = Math.floor(Date.now() / 1_000) + 600;
  const input = `${b64({ alg: 'RS256', kid: 'one', typ: 'JWT' })}.${b64({ iss, aud: 'hanok', exp, tenantId: 'tenant-b', ...claims })}`;
  return `${input}.${sign('sha256', Buffer.from(input), pair.privateKey).toString('base64url')}`;
}

const post = (credential: string, body: string) =>
  fetch(`${instance.otlpHttp}/v1/logs`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${credential}` },
    body: JSON.stringify({ resourceLogs: [{ scopeLogs: [{ logRecords: [{ body: { stringValue: body } }] }] }] }),
  });

/** An empty request: what is asked is who it is from. */
function call(credential: string): Promise<number> {
  const client = new grpc.Client(instance.otlpGrpc, grpc.credentials.createInsecure());
  const metadata = new grpc.Metadata();
  metadata.set('authorization', `Bearer ${credential}`);
  const same = (value: Buffer) => value;
  return new Promise((resolve) => {
    client.makeUnaryRequest(LOGS, same, same, Buffer.alloc(0), metadata, {}, (error) => {
      client.close();
      resolve(error?.code ?? 0);
    });
  });
}

const searched = async (who: string, query: string) => {
  const now = BigInt(Date.now()) * 1_000_000n;
  const range = { from: String(now - 3_600_000_000_000n), to: String(now + 60_000_000_000n) };
  return (await instance.api<{ rows: unknown[] }>(who, 'POST', '/api/v1/logs/search', { ...range, query })).rows;
};

it('are let in, stored as their tenant, told apart from others, and refused when the issuer goes', async () => {
  const settings = { name: 'Company IdP', issuer: iss, source: 'discovery', audiences: ['hanok'] };
  expect((await post(token(), 'before')).status).toBe(401);
  const { id } = await instance.api<{ id: string }>(admin, 'POST', '/api/v1/jwt-issuers', settings);

  const good = token();
  expect((await post(good, 'tokenfirst')).status).toBe(200);
  expect((await post(good, 'tokenagain')).status).toBe(200);
  expect(await call(token({ jti: 'grpc' }))).toBe(0);
  expect(visits).toEqual(['/.well-known/openid-configuration', '/keys']);
  await eventually('both lines', async () => (await searched(admin, 'tokenfirst OR tokenagain')).length === 2);
  const neighbour = await instance.login(instance.tenant('tenant-a').admin);
  expect(await searched(neighbour, 'tokenfirst')).toEqual([]);

  const foreign = await post(token({ tenantId: 'tenant-a' }), 'foreign');
  expect([foreign.status, await call(token({ aud: 'other' }))]).toEqual([401, 16]);
  expect(await foreign.text()).not.toMatch(/tenant-b|Company/);
  const activity = await instance.api<{ recent: Array<{ code: string; reason: string }> }>(
    admin,
    'GET',
    '/api/v1/ingest-activity',
  );
  expect(
    activity.recent
      .filter(({ code }) => code === 'edge.refused-token')
      .map(({ reason }) => reason)
      .toSorted(),
  ).toEqual(['audience.other', 'tenant.other']);
  const theirs = await instance.api<{ recent: Array<{ code: string }> }>(neighbour, 'GET', '/api/v1/ingest-activity');
  expect(theirs.recent.filter(({ code }) => code?.includes('token'))).toEqual([]);

  const test = await instance.api<{ accepted: boolean }>(admin, 'POST', '/api/v1/jwt-issuers/test', { token: good });
  expect(test.accepted).toBe(true);
  await instance.api(admin, 'DELETE', `/api/v1/jwt-issuers/${id}`);
  expect((await post(good, 'after')).status).toBe(401);
});

it('cannot have an issuer inside that the operator did not list', async () => {
  const save = (jwksUrl: string) =>
    instance.api(admin, 'POST', '/api/v1/jwt-issuers', {
      name: 'x',
      issuer: 'x',
      source: 'jwks',
      jwksUrl,
      audiences: ['hanok'],
    });
  for (const url of [
    `${iss.replace(/\d+$/, '1')}/keys`,
    'http://169.254.169.254/latest/meta-data',
    'https://127.1/keys',
    'https://localhost/keys',
    'https://[::ffff:10.0.0.1]/keys',
    instance.url,
  ])
    await expect(save(url), url).rejects.toThrow(/outbound\.(?:address|scheme|port)/);
});
