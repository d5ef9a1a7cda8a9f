import { describe, expect, it } from 'vitest';
import { base32, codeOf, decideTotp, STEP_MS, stepAt, totpUri } from './totp.ts';

const secret = Buffer.from('12345678901234567890');

describe('codes', () => {
  it.each([
    // RFC 6238, appendix B, SHA-1.
    [59, '94287082'],
    [1_111_111_109, '07081804'],
    [1_111_111_111, '14050471'],
    [1_234_567_890, '89005924'],
    [2_000_000_000, '69279037'],
    [20_000_000_000, '65353130'],
  ])('at %i are those of the RFC', (seconds, code) => {
    expect(codeOf(secret, stepAt(seconds * 1_000), 8)).toBe(code);
  });

  it.each(
    [
      // RFC 4226, appendix D.
      '755224',
      '287082',
      '359152',
      '969429',
      '338314',
      '254676',
      '287922',
      '162583',
      '399871',
      '520489',
    ].map((code, count) => [count, code] as const),
  )('of count %i are those of RFC 4226', (count, code) => {
    expect(codeOf(secret, count)).toBe(code);
  });
});

describe('a code', () => {
  const now = 1_000_000 * STEP_MS + 7_000;
  const at = (step: number) => codeOf(secret, stepAt(now) + step);
  it('is taken in its step, the one before and the one after', () => {
    for (const step of [-1, 0, 1]) expect(decideTotp(secret, at(step), now, 0)).toBe(stepAt(now) + step);
    for (const step of [-2, 2]) expect(decideTotp(secret, at(step), now, 0)).toBeUndefined();
  });
  it('is taken with the space that apps show, and once', () => {
    expect(decideTotp(secret, `${at(0).slice(0, 3)} ${at(0).slice(3)}`, now, stepAt(now) - 1)).toBe(stepAt(now));
    expect(decideTotp(secret, at(0), now, stepAt(now))).toBeUndefined();
    expect(decideTotp(secret, at(-1), now, stepAt(now))).toBeUndefined();
  });
  it.each(['', '12345', '1234567', 'abcdef', '１２３４５６'])('%j is none', (code) => {
    expect(decideTotp(secret, code, now, 0)).toBeUndefined();
  });
});

it('writes secrets as apps read them', () => {
  expect(['', 'f', 'fo', 'foo', 'foob', 'fooba', 'foobar'].map((text) => base32(Buffer.from(text)))).toEqual([
    '',
    'MY',
    'MZXQ',
    'MZXW6',
    'MZXW6YQ',
    'MZXW6YTB',
    'MZXW6YTBOI',
  ]);
  expect(totpUri('MZXW6', 'a@b.example')).toBe(
    'otpauth://totp/Hanok%3Aa%40b.example?secret=MZXW6&issuer=Hanok&algorithm=SHA1&digits=6&period=30',
  );
});
