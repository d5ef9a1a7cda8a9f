import fc from 'fast-check';
import { expect, it } from 'vitest';
import { MASKED, maskSecrets } from './mask.ts';

it.each([
  'password',
  'Password',
  'newPassword',
  'password_hash',
  'passphrase',
  'clientSecret',
  'client_secret',
  'smtpPasswd',
  'token',
  'refresh_token',
  'sessionToken',
  'key_hash',
  'keyHash',
  'apiKey',
  'x-api-key',
  'ingestKey',
  'privateKey',
  'private_key',
  'authorization',
  'Cookie',
  'recoveryCodes',
  'totp',
])('masks what stands under %s, however deep, and whole', (name) => {
  expect(maskSecrets({ a: [{ [name]: 'abc' }], [name]: { inner: 'abc', list: ['abc'] } })).toEqual({
    a: [{ [name]: MASKED }],
    [name]: MASKED,
  });
});

it.each(['keyId', 'prefix', 'key_prefix', 'name', 'tokenId', 'tokenCount', 'passwordRequired', 'key', 'keys', 'role'])(
  'leaves %s alone',
  (name) => {
    expect(maskSecrets({ [name]: 'abc' })).toEqual({ [name]: 'abc' });
  },
);

it('masks keys of ours and passwords of addresses inside texts', () => {
  expect(
    maskSecrets(['sent hk_abcdefghijklmnopqrstuvwxyz0123456789 twice', 'postgres://hanok:pa55@db.example/hanok']),
  ).toEqual([`sent ${MASKED} twice`, `postgres://hanok:${MASKED}@db.example/hanok`]);
});

it('says that there was none, and keeps what is plain', () => {
  const plain = { password: null, secret: undefined, mfaToken: false, n: 1.5, big: 12n, list: [true, null, 'x'] };
  expect(maskSecrets(plain)).toEqual({
    password: null,
    mfaToken: false,
    n: 1.5,
    big: '12',
    list: [true, null, 'x'],
  });
});

it('lets nothing through, whatever surrounds it, and stays small', () => {
  const secret = 'correct horse battery staple';
  fc.assert(
    fc.property(fc.object({ maxDepth: 5 }), fc.constantFrom('password', 'api_token', 'keyHash'), (around, name) => {
      const told = JSON.stringify(maskSecrets({ around, inner: [{ deep: { [name]: secret } }], [name]: [secret] }));
      expect(told).not.toContain(secret);
    }),
  );
  let deep: unknown = 'x';
  for (let i = 0; i < 10_000; i++) deep = { deep };
  expect(
    JSON.stringify(maskSecrets({ deep, long: 'x'.repeat(1_000_000), many: Array(10_000).fill(1) })).length,
  ).toBeLessThan(4_000);
});
