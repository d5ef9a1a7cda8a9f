import { generateKeyPairSync } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { type JwtIssuerRequest, jwtIssuerRequest, type TenantId } from '@hanok/contract';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HanokError } from '#base';
import type { Actor } from '../audit/log.ts';
import { type ControlInstance, openControlInstance } from '../testkit/index.ts';
import { readPublicKeys } from './public-keys.ts';

const A = 'tenant-a' as TenantId;
const B = 'tenant-b' as TenantId;
const by: Actor = { name: 'admin@tenant-a.hanok.local', tenant: A, remote: '192.0.2.1' };
const SECRET = 'a secret of thirty-two bytes, no less';

const wanted = (more: Partial<JwtIssuerRequest> = {}): JwtIssuerRequest =>
  jwtIssuerRequest.parse({
    name: 'IdP',
    issuer: 'https://idp.example.com',
    source: 'discovery',
    audiences: ['hanok'],
    ...more,
  });
const codeOf = (work: Promise<unknown> | (() => unknown)) =>
  (typeof work === 'function' ? (async () => work())() : work).then(
    () => 'ok',
    (error: HanokError) => (error.reason ? `${error.code} ${error.reason}` : error.code),
  );

let instance: ControlInstance;
beforeEach(async () => {
  instance = await openControlInstance({
    checkUrl: (tenant, url) => {
      if (url.includes('inner'))
        throw new HanokError('outbound.address', { kind: 'caller', status: 400, retry: false }, `${tenant} may not`);
    },
  });
});
afterEach(() => instance.close());

describe('issuers of a tenant', () => {
  it('are made, listed, changed and removed, and the snapshot has each as it is', async () => {
    const { jwtIssuers } = instance.control;
    const made = await jwtIssuers.create(by, A, wanted());
    expect(made).toMatchObject({ tenant: A, issuer: 'https://idp.example.com', leeway_seconds: 30, revision: 1 });
    expect(JSON.parse(made.algorithms)).not.toContain('HS256');
    expect(await jwtIssuers.list(A)).toEqual([made]);
    const before = instance.control.snapshot().jwtIssuer(made.id);
    expect(before).toMatchObject({
      tenant: { id: A },
      tenantClaim: 'tenantId',
      leewayMs: 30_000,
      audiences: ['hanok'],
    });
    expect(instance.control.snapshot().jwtIssuersOf('https://idp.example.com')).toEqual([before]);
    expect(instance.control.snapshot().jwtIssuersOf('https://idp.example.com/')).toEqual([]);

    instance.clock.advance(5);
    const changed = await jwtIssuers.change(by, A, made.id, wanted({ audiences: ['other'], tenantClaim: 'org.id' }));
    expect(changed).toMatchObject({ id: made.id, revision: 2, created_at: made.created_at });
    expect(changed.changed_at).toBe(made.changed_at + 5);
    expect(instance.control.snapshot().jwtIssuer(made.id)).toMatchObject({ revision: 2, audiences: ['other'] });
    expect(before).toMatchObject({ revision: 1, audiences: ['hanok'] });

    await jwtIssuers.remove(by, A, made.id);
    expect(await jwtIssuers.list(A)).toEqual([]);
    expect(instance.control.snapshot().jwtIssuer(made.id)).toBeUndefined();
    expect(instance.control.snapshot().jwtIssuersOf('https://idp.example.com')).toEqual([]);
  });

  it('are as good as none for another tenant, which may have the same one', async () => {
    const { jwtIssuers } = instance.control;
    const made = await jwtIssuers.create(by, A, wanted());
    expect(await jwtIssuers.list(B)).toEqual([]);
    expect(await codeOf(jwtIssuers.change(by, B, made.id, wanted()))).toBe('control.not-found');
    expect(await codeOf(jwtIssuers.remove(by, B, made.id))).toBe('control.not-found');
    expect(await codeOf(jwtIssuers.remove(by, B, 'nobody'))).toBe('control.not-found');
    await jwtIssuers.create(by, B, wanted());
    const both = instance.control.snapshot().jwtIssuersOf('https://idp.example.com');
    expect(both.map(({ tenant }) => tenant.id).toSorted()).toEqual([A, B]);
    expect(await codeOf(jwtIssuers.create(by, A, wanted()))).toBe('control.jwt-issuer-exists');
    const second = await jwtIssuers.create(by, A, wanted({ issuer: 'https://b.example.com' }));
    expect(await codeOf(jwtIssuers.change(by, A, second.id, wanted()))).toBe('control.jwt-issuer-exists');
  });

  it('are twenty at most', async () => {
    const { jwtIssuers } = instance.control;
    for (let i = 0; i < 20; i++)
      await jwtIssuers.create(by, A, wanted({ issuer: `i${i}`, source: 'secret', secret: SECRET }));
    expect(await codeOf(jwtIssuers.create(by, A, wanted()))).toBe('control.too-many');
    expect(await codeOf(jwtIssuers.create(by, B, wanted()))).toBe('ok');
  });

  it('have a secret that is never shown, is kept by a change that names none, and is not in the audit log', async () => {
    const { jwtIssuers } = instance.control;
    const made = await jwtIssuers.create(by, A, wanted({ source: 'secret', secret: SECRET }));
    expect(JSON.stringify([made, await jwtIssuers.list(A)])).not.toContain(SECRET);
    await jwtIssuers.change(by, A, made.id, wanted({ source: 'secret', name: 'renamed' }));
    expect(instance.control.snapshot().jwtIssuer(made.id)).toMatchObject({ secret: SECRET, name: 'renamed' });
    await jwtIssuers.change(by, A, made.id, wanted({ source: 'secret', secret: `${SECRET}2` }));
    await jwtIssuers.change(by, A, made.id, wanted());
    expect(instance.control.snapshot().jwtIssuer(made.id)?.secret).toBeUndefined();
    expect(await codeOf(jwtIssuers.change(by, A, made.id, wanted({ source: 'secret' })))).toBe(
      'control.invalid-jwt-issuer secret-missing',
    );
    await jwtIssuers.remove(by, A, made.id);
    const rows = await instance.control.audit.page({ tenant: A, before: undefined, limit: 100 });
    const own = rows.filter(({ action }) => action.startsWith('jwt-issuer.'));
    expect(own.map(({ action, target }) => [action, target])).toEqual(
      ['remove', 'change', 'change', 'change', 'create'].map((verb) => [`jwt-issuer.${verb}`, made.id]),
    );
    expect(JSON.stringify(rows)).not.toContain(SECRET);
    expect(JSON.parse(own[2]!.detail)).toMatchObject({ before: { secret: '***' }, after: { secret: '***' } });
    expect(await instance.control.audit.verify()).toMatchObject({ ok: true });
  });

  it('are refused with what is wrong', async () => {
    const pem = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ type: 'spki', format: 'pem' });
    const cases: ReadonlyArray<readonly [Partial<JwtIssuerRequest>, string]> = [
      [{ issuer: 'https://inner' }, 'outbound.address'],
      [{ source: 'jwks' }, 'control.invalid-jwt-issuer url-missing'],
      [{ source: 'jwks', jwksUrl: 'https://inner/keys' }, 'outbound.address'],
      [{ source: 'static' }, 'control.invalid-jwt-issuer keys-missing'],
      [{ source: 'secret' }, 'control.invalid-jwt-issuer secret-missing'],
      [{ source: 'secret', secret: 'x'.repeat(31) }, 'control.invalid-jwt-issuer secret-short'],
      [
        { source: 'secret', secret: 'x'.repeat(63), algorithms: ['HS256', 'HS512'] },
        'control.invalid-jwt-issuer secret-short',
      ],
      [{ source: 'secret', secret: SECRET, algorithms: ['HS256', 'RS256'] }, 'control.invalid-jwt-issuer algorithm'],
      [{ source: 'static', keys: String(pem), algorithms: ['ES256', 'HS256'] }, 'control.invalid-jwt-issuer algorithm'],
      [{ algorithms: ['HS256'] }, 'control.invalid-jwt-issuer algorithm'],
    ];
    for (const [more, expected] of cases)
      expect(await codeOf(instance.control.jwtIssuers.create(by, A, wanted(more))), JSON.stringify(more)).toBe(
        expected,
      );
    expect(await instance.control.jwtIssuers.list(A)).toEqual([]);
  });

  it('are known to another process within a second', async () => {
    const other = await instance.another();
    try {
      const within = async (holds: () => boolean) => {
        const deadline = performance.now() + 1_000;
        while (!holds()) {
          expect(performance.now()).toBeLessThan(deadline);
          await pause(10);
        }
      };
      const made = await instance.control.jwtIssuers.create(by, A, wanted());
      await within(() => other.snapshot().jwtIssuer(made.id) !== undefined);
      await instance.control.jwtIssuers.change(by, A, made.id, wanted({ audiences: ['x'] }));
      await within(() => other.snapshot().jwtIssuer(made.id)?.revision === 2);
      await instance.control.jwtIssuers.remove(by, A, made.id);
      await within(() => other.snapshot().jwtIssuer(made.id) === undefined);
    } finally {
      await other.close();
    }
  });
});

describe('public keys', () => {
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2_048 });
  const ec = generateKeyPairSync('ec', { namedCurve: 'P-384' });
  const ed = generateKeyPairSync('ed25519');
  const jwk = (key: typeof rsa.publicKey, more: object = {}) => ({ ...key.export({ format: 'jwk' }), ...more });

  it('are read as JWK, JWK set and PEM, with nothing but what a signature is checked with', () => {
    const own = readPublicKeys(
      JSON.stringify({
        keys: [jwk(rsa.publicKey, { kid: 'a', alg: 'PS256', use: 'sig', x5c: ['x'] }), jwk(ed.publicKey)],
      }),
    );
    expect(own).toEqual([jwk(rsa.publicKey, { kid: 'a', alg: 'PS256' }), jwk(ed.publicKey)]);
    expect(readPublicKeys(JSON.stringify(jwk(ec.publicKey, { kid: 'b' })))).toEqual([jwk(ec.publicKey, { kid: 'b' })]);
    const pem = [rsa, ec].map(({ publicKey }) => publicKey.export({ type: 'spki', format: 'pem' })).join('text\n');
    expect(readPublicKeys(pem)).toEqual([jwk(rsa.publicKey), jwk(ec.publicKey)]);
  });

  it('are refused when they are private, weak, of another kind or none', async () => {
    const cases: ReadonlyArray<readonly [string, string]> = [
      [JSON.stringify(rsa.privateKey.export({ format: 'jwk' })), 'key-private'],
      [String(ec.privateKey.export({ type: 'pkcs8', format: 'pem' })), 'key-private'],
      [String(ec.privateKey.export({ type: 'sec1', format: 'pem' })), 'key-private'],
      [JSON.stringify({ kty: 'oct', k: 'AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ' }), 'key-private'],
      [JSON.stringify(jwk(generateKeyPairSync('rsa', { modulusLength: 1_024 }).publicKey)), 'key-weak'],
      [JSON.stringify(jwk(generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).publicKey)), 'key-kind'],
      [JSON.stringify(jwk(generateKeyPairSync('x25519').publicKey)), 'key-kind'],
      [JSON.stringify(jwk(rsa.publicKey, { use: 'enc' })), 'key-kind'],
      ['', 'keys-missing'],
      ['text', 'keys-missing'],
      ['{', 'keys-unreadable'],
      ['{"keys":[]}', 'keys-missing'],
      ['{"keys":[1]}', 'keys-unreadable'],
      ['{"kty":"RSA"}', 'keys-unreadable'],
      ['-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----', 'keys-unreadable'],
      [JSON.stringify({ keys: Array(21).fill(jwk(ed.publicKey)) }), 'keys-unreadable'],
    ];
    for (const [text, reason] of cases)
      expect(await codeOf(() => readPublicKeys(text)), text.slice(0, 60)).toBe(`control.invalid-jwt-issuer ${reason}`);
  });
});
