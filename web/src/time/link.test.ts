import { describe, expect, it } from 'vitest';
import { sharedLink } from './link.ts';

const now = Date.UTC(2026, 10, 21, 5, 0, 0);
const parts = (href: string) => Object.fromEntries(new URL(href).searchParams);

describe('sharedLink', () => {
  it('turns a relative range into moments and keeps everything else', () => {
    const link = sharedLink(
      'http://h/t/a/logs?query=level%3Aerror&from=now-1h&to=now&refresh=5#x',
      { from: 'now-1h', to: 'now' },
      now,
    );
    expect(parts(link)).toEqual({
      query: 'level:error',
      from: '2026-11-21T04:00:00Z',
      to: '2026-11-21T05:00:00Z',
    });
    expect(new URL(link).hash).toBe('#x');
  });

  it('writes the range where the address has none', () => {
    expect(parts(sharedLink('http://h/t/a/home', { from: 'now-15m', to: 'now' }, now))).toEqual({
      from: '2026-11-21T04:45:00Z',
      to: '2026-11-21T05:00:00Z',
    });
  });

  it('leaves moments as they are', () => {
    const range = { from: '2026-11-20T00:00:00Z', to: '2026-11-20T01:00:00Z' };
    expect(parts(sharedLink('http://h/t/a/logs', range, now))).toEqual(range);
  });
});
