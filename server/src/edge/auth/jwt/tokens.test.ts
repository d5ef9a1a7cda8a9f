import { createHmac, generateKeyPairSync, type KeyObject, randomUUID, sign } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { type JwtIssuerRequest, type JwtTestResponse, jwtIssuerRequest, type TenantId } from '@hanok/contract';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HanokError } from '#base';
import { type EdgeInstance, openEdgeInstance } from '../../testkit/instance.ts';

/** Tokens as ingest credentials, through the real edge and control plane; the issuer's server is a table of answers. */
const A = 'tenant-a' as TenantId;
const B = 'tenant-b' as TenantId;
const by = { name: 'test', tenant: null, remote: '' };
const ISS = 'https://idp.example.com';
const keys = new Map(
  ['k1', 'k2', 'stranger'].map((kid) => [kid, generateKeyPairSync('ec', { namedCurve: 'P-256' })] as const),
);
const jwk = (kid: string) => ({ ...keys.get(kid)!.publicKey.export({ format: 'jwk' }), kid, alg: 'ES256', use: 'sig' });

let instance: EdgeInstance;
/** What the world answers, by URL; asked for in this order. */
let web: Map<string, () => unknown>;
let asked: string[];
beforeEach(async () => {
  asked = [];
  web = new Map();
  publish('k1');
  instance = await openEdgeInstance({
    config: { wrongKeysPerMinute: 1_000 },
    deps: {
      fetchUrl: async (tenant, url) => {
        asked.push(`${tenant} ${url}`);
        const answer = await web.get(url)?.();
        if (answer === undefined)
          throw new HanokError('outbound.unreachable', { kind: 'world', status: 502, retry: true }, 'away');
        return answer instanceof Buffer
          ? { status: 200, body: answer }
          : { status: 200, body: Buffer.from(JSON.stringify(answer)) };
      },
    },
  });
});
afterEach(() => instance.close());

function publish(...kids: string[]): void {
  web.set(`${ISS}/.well-known/openid-configuration`, () => ({ issuer: ISS, jwks_uri: `${ISS}/keys` }));
  web.set(`${ISS}/keys`, () => ({ keys: kids.map(jwk) }));
}

const settings = (more: Partial<JwtIssuerRequest> = {}): JwtIssuerRequest =>
  jwtIssuerRequest.parse({ name: 'IdP', issuer: ISS, source: 'discovery', audiences: ['hanok'], ...more });
const trust = (tenant: TenantId, more: Partial<JwtIssuerRequest> = {}) =>
  instance.control.jwtIssuers.create(by, tenant, settings(more));

const now = () => Math.floor(instance.clock.now() / 1_000);
const b64 = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
function token(
  claims: object = {},
  { kid = 'k1', key = keys.get(kid)!.privateKey, header = {} }: { kid?: string; key?: KeyObject; header?: object } = {},
) {
  const all = { iss: ISS, aud: 'hanok', exp: now() + 3_600, tenantId: 'tenant-a', jti: randomUUID(), ...claims };
  const input = `${b64({ alg: 'ES256', kid, ...header })}.${b64(all)}`;
  return `${input}.${sign('sha256', Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`;
}

const authorize = (text: string, headers: Record<string, string> = {}, remote = '192.0.2.9') =>
  instance.edge.authorize((name) => ({ authorization: `Bearer ${text}`, ...headers })[name], remote);
const outcome = async (text: string, headers: Record<string, string> = {}) => {
  const answer = await authorize(text, headers);
  if (answer.ok) return `ok ${answer.caller.tenant}`;
  const { told, tenant, error } = answer;
  return [error.code, ...(tenant === null ? [] : [tenant]), ...(told ? [told.reason] : [])].join(' ');
};

describe('a token', () => {
  it('lets its sender in as the tenant of its issuer, and at once the next time', async () => {
    const issuer = await trust(A);
    const text = token();
    const first = authorize(text);
    expect(first).toBeInstanceOf(Promise);
    expect(await first).toMatchObject({
      ok: true,
      caller: { tenant: 'tenant-a', actor: { kind: 'key', id: issuer.id } },
      retentionDays: { logs: 30 },
      limits: { recordsPerSecond: 1_000 },
    });
    expect(authorize(text)).toMatchObject({ ok: true, caller: { tenant: 'tenant-a' } });
    expect(asked).toEqual([`tenant-a ${ISS}/.well-known/openid-configuration`, `tenant-a ${ISS}/keys`]);
  });

  it.each(['x-hanok-key', 'x-oneuptime-token', 'signoz-ingestion-key'])('is taken in %s too', async (name) => {
    await trust(A);
    const text = token();
    expect(await instance.edge.authorize((header) => (header === name ? text : undefined), '')).toMatchObject({
      ok: true,
    });
  });

  it('is remembered for a minute, or until it expires', async () => {
    await trust(A);
    const [long, short] = [token(), token({ exp: now() + 10 })];
    await authorize(long);
    await authorize(short);
    instance.clock.advance(9_000);
    expect(authorize(long)).not.toBeInstanceOf(Promise);
    expect(authorize(short)).not.toBeInstanceOf(Promise);
    instance.clock.advance(1_000);
    expect(authorize(long)).not.toBeInstanceOf(Promise);
    // The leeway of 30 s is granted, with a look at it each time.
    const again = authorize(short);
    expect(again).toBeInstanceOf(Promise);
    expect(await again).toMatchObject({ ok: true });
    instance.clock.advance(30_000);
    expect(await outcome(short)).toBe('edge.unknown-token tenant-a expiry.expired');
    instance.clock.advance(20_000);
    expect(authorize(long)).toBeInstanceOf(Promise);
    expect(await outcome(long)).toBe('ok tenant-a');
  });

  it('is held against the tenant that the sender names', async () => {
    await trust(A);
    const text = token();
    expect(await outcome(text, { 'x-business-id': 'tenant-a' })).toBe('ok tenant-a');
    expect(await outcome(text, { 'x-business-id': 'tenant-b' })).toBe('edge.tenant-mismatch tenant-a');
    expect(await outcome(text, { 'x-hanok-tenant': 'tenant-q' })).toBe('edge.tenant-mismatch tenant-a');
    expect(await outcome(text, { 'x-hanok-key': 'hk_other' })).toBe('edge.credential-conflict');
  });
});

describe('is refused from the moment on', () => {
  it('that its issuer is changed or removed', async () => {
    const issuer = await trust(A);
    const text = token();
    expect(await outcome(text)).toBe('ok tenant-a');
    await instance.control.jwtIssuers.change(by, A, issuer.id, settings({ audiences: ['other'] }));
    expect(await outcome(text)).toBe('edge.unknown-token tenant-a audience.other');
    await instance.control.jwtIssuers.change(by, A, issuer.id, settings());
    instance.clock.advance(30_000);
    expect(await outcome(text)).toBe('ok tenant-a');
    expect(authorize(text)).not.toBeInstanceOf(Promise);
    await instance.control.jwtIssuers.remove(by, A, issuer.id);
    expect(await outcome(text)).toBe('edge.unknown-token');
  });

  it('that its tenant is suspended', async () => {
    await trust(A);
    const text = token();
    expect(await outcome(text)).toBe('ok tenant-a');
    await instance.control.tenants.change(by, A, { status: 'suspended' });
    const answer = authorize(text);
    expect(answer).not.toBeInstanceOf(Promise);
    expect(await outcome(text)).toBe('edge.tenant-suspended tenant-a');
    await instance.control.tenants.change(by, A, { status: 'active' });
    expect(await outcome(text)).toBe('ok tenant-a');
  });

  it('that its issuer is changed while it is being verified', async () => {
    const issuer = await trust(A);
    let go = () => {};
    const held = new Promise<void>((resolve) => {
      go = resolve;
    });
    const old = web.get(`${ISS}/keys`)!;
    web.set(`${ISS}/keys`, () => held.then(old));
    const text = token();
    const answer = authorize(text);
    await instance.control.jwtIssuers.remove(by, A, issuer.id);
    go();
    expect(await answer).toMatchObject({ ok: false });
  });
});

describe('who is told what', () => {
  it('is the same for the sender, whatever is wrong, and the reason for the tenant whose issuer signed', async () => {
    await trust(A, { requiredClaims: [{ claim: 'scope', value: 'ingest' }, { claim: 'realm.role' }] });
    const good = { scope: ['x', 'ingest'], realm: { role: 'r' } };
    expect(await outcome(token(good))).toBe('ok tenant-a');
    const cases: ReadonlyArray<readonly [string, string | null]> = [
      [token({ ...good, iss: 'https://unknown.example.com' }), null],
      [token({ ...good, iss: undefined }), null],
      [token(good, { kid: 'stranger' }), null],
      [token(good, { kid: 'k1', key: keys.get('stranger')!.privateKey }), null],
      [token(good, { header: { alg: 'none' } }), null],
      [token(good, { header: { alg: 'HS256' } }), null],
      [token(good, { header: { crit: ['x'] } }), null],
      [`${token(good)}x`, null],
      ['a.b.c', null],
      [token({ ...good, exp: now() - 31 }), 'expiry.expired'],
      [token({ ...good, exp: undefined }), 'expiry.missing'],
      [token({ ...good, exp: 'soon' }), 'expiry.missing'],
      [token({ ...good, nbf: now() + 31 }), 'not-before.too-early'],
      [token({ ...good, nbf: 'now' }), 'not-before.unreadable'],
      [token({ ...good, aud: 'other' }), 'audience.other'],
      [token({ ...good, aud: ['a', 'b'] }), 'audience.other'],
      [token({ ...good, aud: undefined }), 'audience.missing'],
      [token({ ...good, scope: undefined }), 'claims.missing'],
      [token({ ...good, scope: 'ingestion' }), 'claims.other'],
      [token({ ...good, realm: 'role' }), 'claims.missing'],
      [token({ ...good, tenantId: 'tenant-b' }), 'tenant.other'],
      [token({ ...good, tenantId: ['tenant-a'] }), 'tenant.other'],
      [token({ ...good, tenantId: undefined }), 'tenant.missing'],
    ];
    const answers: unknown[] = [];
    for (const [text, reason] of cases) {
      const answer = await authorize(text);
      if (answer.ok) throw new Error(`let in: ${reason}`);
      answers.push(answer.error);
      expect([answer.tenant, answer.told?.reason ?? null], text.slice(-20)).toEqual([
        reason === null ? null : A,
        reason,
      ]);
      if (reason !== null) expect(answer.told).toMatchObject({ code: 'edge.refused-token', values: { issuer: 'IdP' } });
    }
    for (const answer of answers) expect(answer).toBe(answers[0]);
    expect(answers[0]).toMatchObject({ code: 'edge.unknown-token', status: 401, grpc: 16 });
    // Leeway, within which clocks may differ.
    expect(await outcome(token({ ...good, exp: now() - 29, nbf: now() + 30 }))).toBe('ok tenant-a');
  });

  it('takes the same time for an issuer that is known and one that is not', async () => {
    await instance.close();
    instance = await openEdgeInstance({
      deps: {
        tokenRefusalMs: 100,
        fetchUrl: () => pause(30).then(() => ({ status: 200, body: Buffer.from('{"keys":[]}') })),
      },
    });
    await trust(A, { source: 'jwks', jwksUrl: `${ISS}/keys` });
    for (const iss of [ISS, 'https://unknown.example.com']) {
      const began = performance.now();
      expect(await outcome(token({ iss }))).toBe('edge.unknown-token');
      const took = performance.now() - began;
      expect(took).toBeGreaterThan(95);
      expect(took).toBeLessThan(195);
    }
  });

  it('is counted as a wrong credential of its source', async () => {
    await instance.close();
    instance = await openEdgeInstance({
      config: { wrongKeysPerMinute: 3 },
      deps: { fetchUrl: () => Promise.reject(new Error('nobody asks')) },
    });
    const wrong = () => outcome(token({ iss: 'https://unknown.example.com' }));
    for (let i = 0; i < 3; i++) expect(await wrong()).toBe('edge.unknown-token');
    expect(await wrong()).toBe('edge.wrong-keys');
  });

  it('has so many tokens verified at once for a source, and those that are known all the while', async () => {
    await instance.close();
    let go = () => {};
    const held = new Promise<void>((resolve) => {
      go = resolve;
    });
    instance = await openEdgeInstance({
      config: { wrongKeysPerMinute: 1_000 },
      deps: {
        fetchUrl: () => held.then(() => ({ status: 200, body: Buffer.from(JSON.stringify({ keys: [jwk('k1')] })) })),
      },
    });
    await trust(A, { source: 'jwks', jwksUrl: `${ISS}/keys` });
    await trust(B, { issuer: 'static', source: 'static', keys: JSON.stringify(jwk('k1')) });
    const known = token({ iss: 'static', tenantId: 'tenant-b' });
    await authorize(known);
    const waiting = Array.from({ length: 64 }, () => authorize(token()));
    expect(authorize(token())).toMatchObject({
      ok: false,
      error: { code: 'edge.tokens-busy', status: 503, retry: true },
    });
    expect(authorize(known)).toMatchObject({ ok: true });
    expect(authorize(token(), {}, '198.51.100.1')).toBeInstanceOf(Promise);
    go();
    for (const answer of waiting) expect(await answer).toMatchObject({ ok: true });
  });
});

describe('one issuer of several tenants', () => {
  it('is decided by the claim of the tenant, and a token that names neither tells nobody', async () => {
    await trust(A);
    await trust(B, { tenantClaim: 'org.id', audiences: ['b'] });
    expect(await outcome(token())).toBe('ok tenant-a');
    expect(await outcome(token({ tenantId: undefined, org: { id: 'tenant-b' }, aud: 'b' }))).toBe('ok tenant-b');
    expect(await outcome(token({ tenantId: 'tenant-b' }))).toBe('edge.unknown-token');
    expect(await outcome(token({ tenantId: undefined, org: { id: 'tenant-a' } }))).toBe('edge.unknown-token');
    expect(await outcome(token({ aud: 'b' }))).toBe('edge.unknown-token tenant-a audience.other');
  });

  it('gives a token that would do for two to neither, unless the sender says which', async () => {
    await trust(A);
    await trust(B, { tenantClaim: 'env' });
    const both = { env: 'tenant-b' };
    expect(await outcome(token(both))).toBe('edge.unknown-token');
    expect(await outcome(token(both), { 'x-business-id': 'tenant-a' })).toBe('ok tenant-a');
    expect(await outcome(token(both), { 'x-business-id': 'tenant-b' })).toBe('ok tenant-b');
    // What was verified for one is not taken for the other.
    const text = token(both);
    expect(await outcome(text, { 'x-business-id': 'tenant-a' })).toBe('ok tenant-a');
    expect(await outcome(text, { 'x-business-id': 'tenant-b' })).toBe('edge.tenant-mismatch tenant-a');
  });

  it('has a claim whose name has dots', async () => {
    await trust(A, { tenantClaim: 'https://example.com/tenant' });
    expect(await outcome(token({ 'https://example.com/tenant': 'tenant-a' }))).toBe('ok tenant-a');
    expect(await outcome(token({ 'https://example': { 'com/tenant': 'tenant-a' } }))).toBe('ok tenant-a');
    expect(await outcome(token({ __proto__: { x: 1 } }))).toBe('edge.unknown-token tenant-a tenant.missing');
  });
});

describe('keys', () => {
  it('that are new are fetched when a token names one, twice a minute at most', async () => {
    await trust(A, { source: 'jwks', jwksUrl: `${ISS}/keys` });
    expect(await outcome(token())).toBe('ok tenant-a');
    publish('k1', 'k2');
    for (let i = 0; i < 5; i++) expect(await outcome(token({}, { kid: 'k2' }))).toBe('edge.unknown-token');
    expect(asked).toHaveLength(1);
    instance.clock.advance(30_000);
    expect(await outcome(token({}, { kid: 'k2' }))).toBe('ok tenant-a');
    expect(asked).toHaveLength(2);
    for (let i = 0; i < 5; i++) expect(await outcome(token({}, { kid: 'stranger' }))).toBe('edge.unknown-token');
    instance.clock.advance(30_000);
    for (let i = 0; i < 5; i++) expect(await outcome(token({}, { kid: 'stranger' }))).toBe('edge.unknown-token');
    expect(asked).toHaveLength(3);
  });

  it('are fetched once for many tokens at once', async () => {
    await trust(A);
    const answers = await Promise.all(Array.from({ length: 20 }, () => authorize(token())));
    expect(answers.every(({ ok }) => ok)).toBe(true);
    expect(asked).toHaveLength(2);
  });

  it('that the issuer withdrew are refused after ten minutes', async () => {
    await trust(A, { source: 'jwks', jwksUrl: `${ISS}/keys` });
    expect(await outcome(token())).toBe('ok tenant-a');
    publish('k2');
    instance.clock.advance(10 * 60_000);
    expect(await outcome(token({}, { kid: 'k1' }))).toBe('edge.unknown-token');
    expect(await outcome(token({}, { kid: 'k2' }))).toBe('ok tenant-a');
  });

  it('stay for a day while the issuer is away, and no longer', async () => {
    await trust(A, { source: 'jwks', jwksUrl: `${ISS}/keys` });
    expect(await outcome(token())).toBe('ok tenant-a');
    web.delete(`${ISS}/keys`);
    instance.clock.advance(23 * 3_600_000);
    expect(await outcome(token())).toBe('ok tenant-a');
    instance.clock.advance(3_600_000);
    expect(await outcome(token())).toBe('edge.unknown-token');
    publish('k1');
    instance.clock.advance(30_000);
    expect(await outcome(token())).toBe('ok tenant-a');
  });

  it('of an issuer that describes itself as another one are none', async () => {
    await trust(A);
    web.set(`${ISS}/.well-known/openid-configuration`, () => ({ issuer: `${ISS}/`, jwks_uri: `${ISS}/keys` }));
    expect(await outcome(token())).toBe('edge.unknown-token');
    expect(asked).toHaveLength(1);
  });

  it('that are given need nobody to be asked, and a secret is one', async () => {
    await trust(A, { source: 'static', keys: JSON.stringify({ keys: [jwk('k1')] }) });
    const secret = 'a secret of thirty-two bytes, no less';
    await trust(B, { issuer: 'hs', source: 'secret', secret });
    expect(await outcome(token())).toBe('ok tenant-a');
    const input = `${b64({ alg: 'HS256' })}.${b64({ iss: 'hs', aud: 'hanok', exp: now() + 60, tenantId: 'tenant-b' })}`;
    const mac = createHmac('sha256', secret).update(input).digest('base64url');
    expect(await outcome(`${input}.${mac}`)).toBe('ok tenant-b');
    expect(asked).toEqual([]);
  });
});

describe('POST /api/v1/jwt-issuers/test', () => {
  const test = async (text: string, who: 'tenant-a' | 'tenant-b' = 'tenant-a') => {
    const answer = await instance.call('/api/v1/jwt-issuers/test', {
      method: 'POST',
      token: await instance.token(who),
      body: { token: text },
    });
    expect(answer.status).toBe(200);
    return answer.json as JwtTestResponse;
  };
  const failing = ({ steps }: JwtTestResponse) => steps.find(({ outcome }) => outcome === 'failed');

  it('says step by step what a token meets', async () => {
    const issuer = await trust(A);
    const good = await test(token());
    expect(good).toMatchObject({ accepted: true, issuer: { id: issuer.id, name: 'IdP' } });
    expect(good.expiresAt).toBe(`${now() + 3_600}000000000`);
    expect(good.steps.every(({ outcome }) => outcome === 'passed')).toBe(true);
    const late = await test(token({ exp: now() - 100 }));
    expect(late).toMatchObject({ accepted: false, expiresAt: null });
    expect(late.steps.map(({ outcome }) => outcome[0]).join('')).toBe('pppppfssss');
    expect(failing(late)).toEqual({ step: 'expiry', outcome: 'failed', reason: 'expired', values: { seconds: 100 } });
    expect(failing(await test('text'))).toMatchObject({ step: 'form', reason: 'segments' });
    expect(failing(await test(token({}, { kid: 'stranger' })))).toMatchObject({
      step: 'keys',
      reason: 'no-key',
      values: { kid: 'stranger' },
    });
    expect(failing(await test(token({}, { header: { alg: 'HS256' } })))).toMatchObject({
      step: 'algorithm',
      values: { alg: 'HS256' },
    });
    expect(failing(await test(token({}, { key: keys.get('k2')!.privateKey })))).toMatchObject({
      step: 'signature',
      reason: 'wrong',
    });
  });

  it('names what keeps the keys away', async () => {
    await trust(A, { source: 'jwks', jwksUrl: `${ISS}/gone` });
    expect(failing(await test(token()))).toMatchObject({ step: 'keys', reason: 'outbound.unreachable' });
    web.set(`${ISS}/text`, () => Buffer.from('<html>'));
    const id = (await instance.control.jwtIssuers.list(A))[0]!.id;
    await instance.control.jwtIssuers.change(by, A, id, settings({ source: 'jwks', jwksUrl: `${ISS}/text` }));
    expect(failing(await test(token()))).toMatchObject({ step: 'keys', reason: 'not-json' });
  });

  it('tells nothing of other tenants’ issuers, and remembers nothing', async () => {
    await trust(A);
    const text = token();
    const [known, unknown] = [
      await test(text, 'tenant-b'),
      await test(token({ iss: 'https://nobody.example.com' }), 'tenant-b'),
    ];
    expect(failing(known)).toMatchObject({ step: 'issuer', reason: 'unknown' });
    expect(JSON.stringify(known).replaceAll(ISS, '')).toBe(
      JSON.stringify(unknown).replaceAll('https://nobody.example.com', ''),
    );
    await test(text);
    expect(authorize(text)).toBeInstanceOf(Promise);
  });

  it('is for administrators', async () => {
    const answer = await instance.call('/api/v1/jwt-issuers/test', { method: 'POST', body: { token: 'x' } });
    expect(answer.code).toBe('edge.no-session');
  });
});
