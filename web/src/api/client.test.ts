import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { ApiError, callApi } from './client.ts';
import { connection } from './connection.ts';

let answer: () => Promise<Response>;
let probe: () => Promise<Response>;
const asked: string[] = [];

beforeEach(() => {
  asked.length = 0;
  probe = () => Promise.reject(new TypeError('refused'));
  vi.stubGlobal('location', { origin: 'http://hanok.test' });
  vi.stubGlobal('fetch', (url: string) => {
    asked.push(url);
    return url === '/health/live' ? probe() : answer();
  });
});
afterEach(() => {
  connection.answered();
  vi.unstubAllGlobals();
});

const settled = () => vi.waitFor(() => expect(asked).toContain('/health/live'));

it('takes a call without a connection for a reason to ask whether the server is there', async () => {
  answer = () => Promise.reject(new TypeError('refused'));
  await expect(callApi('/me')).rejects.toMatchObject({ code: 'network', status: 0 });
  await settled();
  await vi.waitFor(() => expect(connection.current().away).toMatchObject({ reason: 'unreachable' }));
  // Any answer ends it, a refusal too.
  answer = async () => new Response('{"error":{"code":"query.syntax","message":"m"}}', { status: 400 });
  await expect(callApi('/me')).rejects.toBeInstanceOf(ApiError);
  expect(connection.current().away).toBeUndefined();
});

it('does not take a gateway’s answer for the server’s', async () => {
  answer = async () => new Response('<h1>Bad gateway</h1>', { status: 502 });
  probe = answer;
  await expect(callApi('/me')).rejects.toMatchObject({ code: 'http.502' });
  await vi.waitFor(() => expect(connection.current().away).toMatchObject({ reason: 'gateway' }));
});

it('takes the server’s own 503 for an answer', async () => {
  answer = async () => new Response('{"error":{"code":"store.unavailable","message":"m"}}', { status: 503 });
  await expect(callApi('/me')).rejects.toMatchObject({ code: 'store.unavailable' });
  expect(asked).toEqual(['/api/v1/me']);
  expect(connection.current().away).toBeUndefined();
});

it('says nothing of a call that was given up', async () => {
  const stop = new AbortController();
  answer = () => {
    stop.abort();
    return Promise.reject(new DOMException('aborted', 'AbortError'));
  };
  await expect(callApi('/me', { signal: stop.signal })).rejects.toThrow('aborted');
  expect(asked).toEqual(['/api/v1/me']);
});
