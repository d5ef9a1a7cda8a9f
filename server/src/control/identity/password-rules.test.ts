import { describe, expect, it } from 'vitest';
import { decideWeakness } from './password-rules.ts';

const about = { email: 'minji.kim@acme.example', tenants: ['Acme Corp', 'acme-kr'] };
const of = (password: string) => decideWeakness(password, about);

describe('a password is refused', () => {
  it.each([
    'password1234',
    'PassWord!!!!2024',
    'qwerty123456',
    '1qaz2wsx3edc',
    'aaaaaaaaaaaa',
    'abcabcabcabc',
    '123456789012',
    'abcdefghijkl',
    'poiuytrewq12',
    'zxcvbnm123456789',
    'letmeinletmein',
    'dkssudgktpdy',
    'ｐａｓｓｗｏｒｄ1234',
  ])('for being common: %s', (password) => expect(of(password)).toBe('common'));

  it.each(['minji.kim@acme.example', 'Minji.Kim.2024!', 'minjikimacme', 'acme.example1'])(
    'for being the address: %s',
    (password) => expect(of(password)).toBe('address'),
  );

  it.each(['Acme Corp 2024', 'acme-kr-acme-kr', 'AcmeCorp!!!!'])('for being the name of the tenant: %s', (password) =>
    expect(of(password)).toBe('tenant'),
  );
});

it.each([
  'correct horse battery staple',
  'Xq3v-9Zt_LmW0aBcDeFgHiJk',
  '안녕하세요반갑습니다오늘도',
  'monkey eats acme corp',
])('a password is taken: %s', (password) => expect(of(password)).toBeUndefined());
