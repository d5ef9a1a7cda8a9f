import { expect, it } from 'vitest';
import { keyCreateRequest, tenantCreateRequest, tenantPatchRequest, userCreateRequest } from './index.ts';

const spoilt = [
  '\u0000',
  '\u001b',
  '\n',
  '\u007f',
  '\u0085',
  '\u009f',
  '\u061c',
  '\u200e',
  '\u200f',
  '\u202a',
  '\u202e',
  '\u2028',
  '\u2066',
  '\u2069',
  // Not seen at all, or half a character.
  '\u200b',
  '\u115f',
  '\u{e0041}',
  '\ud800',
];

it.each(spoilt.map((character) => [character.codePointAt(0)!.toString(16), character]))(
  'refuses names with U+%s, at either end too',
  (_, character) => {
    for (const name of [`a${character}b`, `${character}a`, `a${character}`]) {
      expect(keyCreateRequest.safeParse({ name }).success).toBe(false);
      expect(tenantPatchRequest.safeParse({ name }).success).toBe(false);
      const tenant = { id: 'shop', adminEmail: 'a@x.example', name };
      expect(tenantCreateRequest.safeParse(tenant).success).toBe(false);
      expect(userCreateRequest.safeParse({ email: `a${character}@x.example`, role: 'member' }).success).toBe(false);
    }
  },
);

it('takes names in any language, without the spaces around them', () => {
  for (const name of ['첫 번째 키', 'Ключ', 'מפתח', 'مفتاح', '👩‍💻 laptop', '❤️', 'e\u0301'])
    expect(keyCreateRequest.parse({ name: ` ${name} ` })).toMatchObject({ name });
  expect(keyCreateRequest.safeParse({ name: '  ' }).success).toBe(false);
  expect(keyCreateRequest.safeParse({ name: 'x'.repeat(129) }).success).toBe(false);
});
