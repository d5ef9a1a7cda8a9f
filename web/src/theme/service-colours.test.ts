import { describe, expect, it } from 'vitest';
import { SERIES_COLOURS, tokenOfName } from './canvas-colours.ts';
import { ServiceColours } from './service-colours.ts';

const names = (n: number) => Array.from({ length: n }, (_, i) => `service-${i}`);

describe('ServiceColours', () => {
  it('gives no two services the same colour while there are colours', () => {
    const colours = new ServiceColours({}, () => undefined);
    expect(new Set(names(SERIES_COLOURS).map((name) => colours.tokenOf(name))).size).toBe(SERIES_COLOURS);
    expect(colours.tokenOf('one-more')).toBe(tokenOfName('one-more'));
  });

  it('keeps what it gave over a reload, whatever comes first then', () => {
    let kept: unknown;
    const before = new ServiceColours({}, (slots) => {
      kept = structuredClone(slots);
    });
    const given = names(12).map((name) => before.tokenOf(name));
    const after = new ServiceColours(kept, () => undefined);
    for (const name of ['new-a', 'new-b']) after.tokenOf(name);
    expect(names(12).map((name) => after.tokenOf(name))).toEqual(given);
  });

  it('is the colour of the name alone where nobody else wants it', () => {
    expect(new ServiceColours({}, () => undefined).tokenOf('checkout')).toBe(tokenOfName('checkout'));
  });

  it('passes over what was kept by something else', () => {
    const colours = new ServiceColours({ a: -1, b: 'x', c: 1e9, d: 3 }, () => undefined);
    expect(colours.tokenOf('d')).toBe('--series-4');
    expect(colours.tokenOf('a')).toBe(tokenOfName('a'));
  });
});
