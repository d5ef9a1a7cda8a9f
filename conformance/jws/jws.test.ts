import {
  constants,
  createHash,
  createHmac,
  generateKeyPairSync,
  type JsonWebKey,
  type KeyObject,
  privateEncrypt,
  sign,
} from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  isSigned,
  keysFor,
  type VerifyKey,
  verifyKeyOf,
  verifyKeyOfSecret,
} from '../../server/src/edge/auth/jwt/signature.ts';
import { hasTokenForm, readToken } from '../../server/src/edge/auth/jwt/token.ts';

interface Vector {
  readonly name: string;
  readonly alg: string;
  readonly secret?: string;
  readonly jwk?: JsonWebKey;
  readonly jws: string;
  readonly result: 'valid' | 'invalid';
}

/** What a credential goes through until its claims are looked at. */
async function verify(text: string, keys: readonly VerifyKey[], algorithms: readonly string[]): Promise<boolean> {
  if (!hasTokenForm(text)) return false;
  const token = readToken(text);
  if (typeof token === 'string' || !algorithms.includes(token.alg)) return false;
  const fitting = keysFor(keys, token.alg, token.kid);
  return fitting.length > 0 && isSigned(token.text, token.alg, fitting);
}

const b64 = (value: string | Uint8Array | object): string =>
  Buffer.from(typeof value === 'string' || value instanceof Uint8Array ? value : JSON.stringify(value)).toString(
    'base64url',
  );

describe('examples of the RFCs', () => {
  const { vectors } = JSON.parse(readFileSync(join(import.meta.dirname, 'rfc.json'), 'utf8')) as { vectors: Vector[] };
  it.each(vectors)('$name is $result', async ({ alg, secret, jwk, jws, result }) => {
    const key = jwk
      ? verifyKeyOf(jwk)
      : secret === undefined
        ? undefined
        : verifyKeyOfSecret(Buffer.from(secret, 'base64url'));
    expect(await verify(jws, key ? [key] : [], [alg])).toBe(result === 'valid');
  });
});

const rsa = generateKeyPairSync('rsa', { modulusLength: 2_048 });
const other = generateKeyPairSync('rsa', { modulusLength: 2_048 });
const curves = { ES256: 'P-256', ES384: 'P-384', ES512: 'P-521' } as const;
const ec = Object.fromEntries(
  Object.entries(curves).map(([alg, namedCurve]) => [alg, generateKeyPairSync('ec', { namedCurve })]),
);
const ed = generateKeyPairSync('ed25519');
const SECRET = 's'.repeat(64);
const jwkOf = (key: KeyObject, more: object = {}): JsonWebKey => ({ ...key.export({ format: 'jwk' }), ...more });

function signatureOf(alg: string, input: string, key?: KeyObject): Buffer {
  const bits = alg.slice(2);
  const data = Buffer.from(input);
  switch (alg.slice(0, 2)) {
    case 'HS':
      return createHmac(`sha${bits}`, SECRET).update(data).digest();
    case 'RS':
      return sign(`sha${bits}`, data, key ?? rsa.privateKey);
    case 'PS':
      return sign(`sha${bits}`, data, {
        key: key ?? rsa.privateKey,
        padding: constants.RSA_PKCS1_PSS_PADDING,
        saltLength: constants.RSA_PSS_SALTLEN_DIGEST,
      });
    case 'ES':
      return sign(`sha${bits}`, data, { key: key ?? ec[alg]!.privateKey, dsaEncoding: 'ieee-p1363' });
    default:
      return sign(null, data, key ?? ed.privateKey);
  }
}

function tokenOf(alg: string, header: object = {}, claims: object = { iss: 'joe' }, key?: KeyObject): string {
  const input = `${b64({ alg, ...header })}.${b64(claims)}`;
  return `${input}.${b64(signatureOf(alg, input, key))}`;
}

const keyOf = (alg: string, more: object = {}): VerifyKey => {
  const key = alg.startsWith('HS')
    ? verifyKeyOfSecret(Buffer.from(SECRET))
    : verifyKeyOf(jwkOf(alg === 'EdDSA' ? ed.publicKey : (ec[alg]?.publicKey ?? rsa.publicKey), more));
  if (!key) throw new Error(`no key for ${alg}`);
  return key;
};
const ALGORITHMS = [
  'HS256',
  'HS384',
  'HS512',
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
];

describe.each(ALGORITHMS)('%s', (alg) => {
  const good = tokenOf(alg, { kid: 'a', typ: 'JWT' });
  const [header, payload, signature] = good.split('.') as [string, string, string];
  const key = keyOf(alg);
  const accepted = (text: string, keys: readonly VerifyKey[] = [key], algorithms: readonly string[] = [alg]) =>
    verify(text, keys, algorithms);

  it('accepts what is signed', async () => {
    expect(await accepted(good)).toBe(true);
    expect(await accepted(tokenOf(alg))).toBe(true);
    expect(await accepted(tokenOf(alg, { typ: 'application/at+jwt' }))).toBe(true);
  });

  it('refuses parts that are changed, missing or added', async () => {
    const bytes = Buffer.from(signature, 'base64url');
    const flipped = [0, bytes.length >> 1, bytes.length - 1].map((at) => {
      const copy = Buffer.from(bytes);
      copy[at]! ^= 1;
      return `${header}.${payload}.${b64(copy)}`;
    });
    const texts = [
      ...flipped,
      `${header}.${b64({ iss: 'jane' })}.${signature}`,
      `${b64({ alg, kid: 'b', typ: 'JWT' })}.${payload}.${signature}`,
      `${header}.${payload}.`,
      `${header}.${payload}`,
      `${header}..${signature}`,
      `.${payload}.${signature}`,
      `${payload}.${signature}`,
      `${header}.${signature}`,
      `${good}.`,
      `${good}.x`,
      `.${good}`,
      header,
      '',
      '..',
      '...',
      `${header}.${payload}.${b64(bytes.subarray(0, -1))}`,
      `${header}.${payload}.${b64(Buffer.concat([bytes, Buffer.alloc(1)]))}`,
      `${header}.${payload}.${b64(Buffer.concat([Buffer.alloc(1), bytes]))}`,
      `${header}.${payload}.${b64(Buffer.alloc(bytes.length))}`,
      `${header}.${payload}.${b64(Buffer.alloc(bytes.length, 0xff))}`,
      `${header}.${payload}.${signature}${signature}`,
    ];
    for (const text of texts) expect(await accepted(text), text.slice(-60)).toBe(false);
  });

  it('refuses every other spelling of the same bytes', async () => {
    const last = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    const texts = [
      ` ${good}`,
      `${good} `,
      `${good}\n`,
      `${header}=.${payload}.${signature}`,
      `${header}.${payload}.${signature}=`,
      `${header}.${payload}.${signature}==`,
      `${header}. ${payload}.${signature}`,
      `${header}.${payload.slice(0, 4)}\n${payload.slice(4)}.${signature}`,
      good.replaceAll('-', '+').replaceAll('_', '/').concat('+'),
      encodeURIComponent(`${good}%`),
      ...(Buffer.from(signature, 'base64url').length % 3 === 0
        ? []
        : [`${header}.${payload}.${signature.slice(0, -1)}${last[last.indexOf(signature.at(-1)!) ^ 1]}`]),
    ];
    for (const text of texts) expect(await accepted(text), JSON.stringify(text.slice(-30))).toBe(false);
  });

  it('refuses JSON serialization, encrypted tokens and what is no object', async () => {
    const texts = [
      JSON.stringify({ payload, protected: header, signature }),
      JSON.stringify({ payload, signatures: [{ protected: header, signature }] }),
      `${header}.${payload}.${signature}.${payload}.${signature}`,
    ];
    for (const part of ['[]', 'null', '1', '"x"', '{', '', '\ufeff{"iss":"joe"}', '{"iss":"\xff'])
      for (const make of [
        (bytes: string) => `${b64(Buffer.from(bytes, 'latin1'))}.${payload}`,
        (bytes: string) => `${header}.${b64(Buffer.from(bytes, 'latin1'))}`,
      ]) {
        const input = make(part);
        texts.push(`${input}.${b64(signatureOf(alg, input))}`);
      }
    for (const text of texts) expect(await accepted(text), text.slice(0, 60)).toBe(false);
  });

  it('refuses headers that ask for something', async () => {
    for (const more of [
      { crit: ['exp'], exp: 1 },
      { crit: [] },
      { crit: ['b64'], b64: false },
      { b64: false },
      { b64: true },
      { kid: 1 },
      { kid: 'x'.repeat(1_000) },
      { typ: 'JWE' },
      { typ: 'logout+jwt' },
      { typ: 'dpop+jwt' },
      { typ: 1 },
    ])
      expect(await accepted(tokenOf(alg, more)), JSON.stringify(more)).toBe(false);
  });

  it('refuses algorithms that are none, written otherwise, or not in the list', async () => {
    for (const none of ['none', 'None', 'NONE', 'nOnE', '']) {
      const input = `${b64({ alg: none })}.${payload}`;
      for (const end of ['', signature, b64(signatureOf(alg, input))])
        expect(await accepted(`${input}.${end}`, [key], ['none', none, alg]), none).toBe(false);
    }
    for (const odd of [
      alg.toLowerCase(),
      `${alg} `,
      `${alg}\0`,
      'ES256K',
      'dir',
      'A128KW',
      'constructor',
      '__proto__',
    ]) {
      const input = `${b64({ alg: odd })}.${payload}`;
      expect(await accepted(`${input}.${b64(signatureOf(alg, input))}`, [key], ALGORITHMS), odd).toBe(false);
    }
    for (const alg of [undefined, null, 1, ['RS256'], {}]) {
      const input = `${b64({ alg })}.${payload}`;
      expect(await accepted(`${input}.${signature}`, [key], ALGORITHMS)).toBe(false);
    }
    for (const another of ALGORITHMS.filter((one) => one !== alg))
      expect(await accepted(good, [key], [another]), another).toBe(false);
  });

  it('refuses keys of other kinds, whatever the token says', async () => {
    for (const another of ALGORITHMS) {
      const family = another.slice(0, 2);
      const same = family === alg.slice(0, 2) || (/^[RP]S/.test(family) && /^[RP]S/.test(alg));
      // The token says one algorithm and was made with another.
      if (another !== alg) {
        const input = `${b64({ alg: another })}.${payload}`;
        expect(
          await accepted(`${input}.${b64(signatureOf(alg, input))}`, [key, keyOf(another)], ALGORITHMS),
          another,
        ).toBe(false);
      }
      if (!same) expect(await accepted(tokenOf(another), [key], ALGORITHMS), another).toBe(false);
    }
    // The key says that it is for another algorithm.
    if (!alg.startsWith('HS')) {
      const jwk = jwkOf(alg === 'EdDSA' ? ed.publicKey : (ec[alg]?.publicKey ?? rsa.publicKey));
      expect(verifyKeyOf({ ...jwk, use: 'enc' })).toBeUndefined();
      expect(verifyKeyOf({ ...jwk, key_ops: ['sign'] })).toBeUndefined();
      expect(verifyKeyOf({ ...jwk, alg: 'HS256' })).toBeUndefined();
      expect(verifyKeyOf({ ...jwk, alg: 'RSA-OAEP' })).toBeUndefined();
      const pinned = /^[RP]S/.test(alg) ? verifyKeyOf({ ...jwk, alg: alg === 'RS256' ? 'PS256' : 'RS256' }) : undefined;
      if (pinned) expect(await accepted(good, [pinned], ALGORITHMS)).toBe(false);
      expect(await accepted(good, [verifyKeyOf({ ...jwk, alg, use: 'sig', key_ops: ['verify'] })!])).toBe(true);
    }
  });

  it('refuses a public key that is taken for a secret', async () => {
    if (alg.startsWith('HS')) return;
    const publicKey = alg === 'EdDSA' ? ed.publicKey : (ec[alg]?.publicKey ?? rsa.publicKey);
    const forms = [
      publicKey.export({ type: 'spki', format: 'pem' }),
      publicKey.export({ type: 'spki', format: 'der' }),
      JSON.stringify(jwkOf(publicKey)),
      Buffer.from(jwkOf(publicKey).x ?? jwkOf(publicKey).n ?? '', 'base64url'),
    ];
    const input = `${b64({ alg: 'HS256' })}.${payload}`;
    for (const form of forms) {
      const mac = createHmac('sha256', form).update(input).digest();
      expect(await accepted(`${input}.${b64(mac)}`, [key], ALGORITHMS)).toBe(false);
    }
  });

  it('looks at no key that the token brings along, and at no other of the set than it names', async () => {
    const stranger =
      alg === 'EdDSA'
        ? generateKeyPairSync('ed25519')
        : alg.startsWith('ES')
          ? generateKeyPairSync('ec', { namedCurve: curves[alg as keyof typeof curves] })
          : other;
    if (alg.startsWith('HS')) return;
    const jwk = jwkOf(stranger.publicKey);
    for (const more of [
      { jwk },
      { jku: 'https://evil.example.com/keys' },
      { x5u: 'https://evil.example.com/x' },
      { x5c: ['AAAA'] },
    ])
      expect(await accepted(tokenOf(alg, { ...more, kid: 'a' }, {}, stranger.privateKey))).toBe(false);
    // Harmless when the signature is good all the same.
    expect(await accepted(tokenOf(alg, { jwk }))).toBe(true);
    const [a, b] = [keyOf(alg, { kid: 'a' }), verifyKeyOf({ ...jwk, kid: 'b' })!];
    expect(await accepted(tokenOf(alg, { kid: 'a' }), [b, a])).toBe(true);
    expect(await accepted(tokenOf(alg, { kid: 'b' }), [a, b])).toBe(false);
    expect(await accepted(tokenOf(alg, { kid: 'c' }), [a, b])).toBe(false);
    expect(await accepted(tokenOf(alg), [b, a])).toBe(true);
    expect(await accepted(tokenOf(alg, { kid: 'c' }), [keyOf(alg)])).toBe(true);
  });
});

describe('RSA', () => {
  const input = `${b64({ alg: 'RS256' })}.${b64({ iss: 'joe' })}`;
  const prefix = Buffer.from('3031300d060960864801650304020105000420', 'hex');
  const digest = createHash('sha256').update(input).digest();
  const raw = (block: Buffer) =>
    `${input}.${b64(privateEncrypt({ key: rsa.privateKey, padding: constants.RSA_NO_PADDING }, block))}`;
  const block = (type: number, fill: number, tail: Buffer, length = 256) =>
    Buffer.concat([Buffer.from([0, type]), Buffer.alloc(length - tail.length - 3, fill), Buffer.from([0]), tail]);
  const keys = [keyOf('RS256')];

  it('takes PKCS #1 v1.5 in its one form alone', async () => {
    const info = Buffer.concat([prefix, digest]);
    expect(await verify(raw(block(1, 0xff, info)), keys, ['RS256'])).toBe(true);
    const withoutNull = Buffer.concat([
      Buffer.from('302f300b0609608648016503040201', 'hex'),
      Buffer.from('0420', 'hex'),
      digest,
    ]);
    const longLength = Buffer.concat([Buffer.from('308131300d060960864801650304020105000420', 'hex'), digest]);
    const wrong = [
      block(2, 0xff, info),
      block(0, 0xff, info),
      block(1, 0xfe, info),
      block(1, 0xff, withoutNull),
      block(1, 0xff, longLength),
      block(1, 0xff, digest),
      block(1, 0xff, Buffer.concat([prefix, createHash('sha256').update('x').digest()])),
      // Bleichenbacher's forgery: short padding, rubbish after the digest.
      Buffer.concat([
        Buffer.from([0, 1]),
        Buffer.alloc(8, 0xff),
        Buffer.from([0]),
        info,
        Buffer.alloc(256 - 11 - info.length),
      ]),
      Buffer.concat([
        Buffer.from([0, 1]),
        Buffer.alloc(256 - 2 - info.length - 9, 0xff),
        Buffer.from([0]),
        info,
        Buffer.alloc(8),
      ]),
    ];
    for (const one of wrong)
      expect(await verify(raw(one), keys, ['RS256']), one.toString('hex').slice(0, 40)).toBe(false);
  });

  it('takes PSS with a salt as long as the hash, and the hash of the algorithm', async () => {
    for (const [saltLength, hashName] of [
      [0, 'sha256'],
      [20, 'sha256'],
      [64, 'sha256'],
      [32, 'sha1'],
      [32, 'sha384'],
    ] as const) {
      const text = `${b64({ alg: 'PS256' })}.${b64({})}`;
      const made = sign(hashName, Buffer.from(text), {
        key: rsa.privateKey,
        padding: constants.RSA_PKCS1_PSS_PADDING,
        saltLength,
      });
      expect(await verify(`${text}.${b64(made)}`, keys, ['PS256']), `${saltLength} ${hashName}`).toBe(false);
    }
  });

  it('takes no key below 2048 bits, and none that is no public key', () => {
    expect(verifyKeyOf(jwkOf(generateKeyPairSync('rsa', { modulusLength: 1_024 }).publicKey))).toBeUndefined();
    expect(verifyKeyOf(jwkOf(generateKeyPairSync('rsa', { modulusLength: 2_047 }).publicKey))).toBeUndefined();
    for (const jwk of [
      {},
      { kty: 'RSA' },
      { kty: 'RSA', n: 'AQAB', e: 'AQAB' },
      { kty: 'oct', k: b64(SECRET) },
      { kty: 'EC', crv: 'P-256', x: 'AA', y: 'AA' },
      { kty: 'EC', crv: 'secp256k1', x: b64(Buffer.alloc(32)), y: b64(Buffer.alloc(32)) },
      { kty: 'EC', crv: 'constructor', x: 'AA', y: 'AA' },
      { kty: 'OKP', crv: 'X25519', x: b64(Buffer.alloc(32)) },
      { kty: 'OKP', crv: 'Ed25519', x: 'AA' },
      // A point that is not on the curve.
      { ...jwkOf(ec['ES256']!.publicKey), y: b64(Buffer.alloc(32, 1)) },
    ])
      expect(verifyKeyOf(jwk as JsonWebKey), JSON.stringify(jwk)).toBeUndefined();
  });
});

describe.each(['ES256', 'ES384', 'ES512'] as const)('%s', (alg) => {
  it('takes r and s side by side, each in range', async () => {
    const size = { ES256: 32, ES384: 48, ES512: 66 }[alg];
    const order = {
      ES256: 'ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551',
      ES384: 'ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973',
      ES512:
        '01fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffa51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409',
    }[alg];
    const n = Buffer.from(order, 'hex');
    const zero = Buffer.alloc(size);
    const one = Buffer.concat([Buffer.alloc(size - 1), Buffer.from([1])]);
    const input = `${b64({ alg })}.${b64({})}`;
    const der = sign(`sha${alg.slice(2)}`, Buffer.from(input), { key: ec[alg]!.privateKey, dsaEncoding: 'der' });
    const made = signatureOf(alg, input);
    const wrong = [
      [zero, zero],
      [zero, one],
      [one, zero],
      [n, one],
      [one, n],
      [n, n],
      [one, one],
      [Buffer.alloc(size, 0xff), Buffer.alloc(size, 0xff)],
      [made.subarray(size), made.subarray(0, size)],
      [zero, made],
    ].map((parts) => Buffer.concat(parts));
    for (const signature of [der, ...wrong])
      expect(
        await verify(`${input}.${b64(signature)}`, [keyOf(alg)], [alg]),
        signature.toString('hex').slice(0, 40),
      ).toBe(false);
    expect(await verify(`${input}.${b64(made)}`, [keyOf(alg)], [alg])).toBe(true);
  });
});
