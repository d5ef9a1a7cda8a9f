import { expect, it } from 'vitest';
import { fill } from './ask.ts';

it('puts what the path names into it, whatever it is, and keeps the rest', () => {
  expect(fill('GET /api/v1/services/:service', { service: 'a/b ?', from: 'now-1h' })).toEqual({
    method: 'GET',
    path: '/services/a%2Fb%20%3F',
    rest: { from: 'now-1h' },
  });
  expect(fill('POST /api/v1/logs/search', { query: 'x' })).toEqual({
    method: 'POST',
    path: '/logs/search',
    rest: { query: 'x' },
  });
});
