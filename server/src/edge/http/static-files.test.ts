import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type EdgeHouse, openEdgeHouse } from '../testkit/house.ts';

let house: EdgeHouse;
let parent: string;
let folder: string;
beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'hanok-ui-'));
  folder = join(parent, 'dist');
  mkdirSync(folder);
  writeFileSync(join(parent, 'secret.txt'), 'outside');
});
afterEach(async () => {
  await house?.close();
  rmSync(parent, { recursive: true, force: true });
});

const build = () => {
  mkdirSync(join(folder, 'assets'));
  writeFileSync(join(folder, 'index.html'), '<!doctype html><title>built</title>');
  writeFileSync(join(folder, 'assets', 'app-abc123.js'), 'let plain');
  writeFileSync(join(folder, 'assets', 'app-abc123.js.gz'), gzipSync('let packed'));
};

/** fetch tidies paths up; an attacker does not. */
const raw = (path: string) =>
  new Promise<{ status: number; text: string }>((resolve, reject) => {
    request({ host: '127.0.0.1', port: house.edge.port, path }, (response) => {
      let text = '';
      response.on('data', (chunk) => {
        text += chunk;
      });
      response.on('end', () => resolve({ status: response.statusCode!, text }));
    })
      .on('error', reject)
      .end();
  });

describe('the user interface', () => {
  it('is served with the right types and caching', async () => {
    build();
    house = await openEdgeHouse({ deps: { staticDir: folder } });
    const page = await house.call('/');
    expect([page.status, page.headers.get('content-type'), page.headers.get('cache-control')]).toEqual([
      200,
      'text/html; charset=utf-8',
      'no-cache',
    ]);
    const script = await house.call('/assets/app-abc123.js', { headers: { 'accept-encoding': 'identity' } });
    expect([script.text, script.headers.get('cache-control')]).toEqual([
      'let plain',
      'public, max-age=31536000, immutable',
    ]);
    const packed = await house.call('/assets/app-abc123.js', { headers: { 'accept-encoding': 'br, gzip' } });
    expect([packed.text, packed.headers.get('content-encoding')]).toEqual(['let packed', 'gzip']);
    const again = await house.call('/', { headers: { 'if-none-match': page.headers.get('etag')! } });
    expect([again.status, again.text]).toEqual([304, '']);
    const head = await house.call('/', { method: 'HEAD' });
    expect([head.status, head.text]).toEqual([200, '']);
  });

  it('answers its own routes with the page, and missing files with 404', async () => {
    build();
    house = await openEdgeHouse({ deps: { staticDir: folder } });
    expect((await house.call('/traces/0123?from=now-1h')).text).toContain('built');
    expect((await house.call('/assets/app-old.js')).status).toBe(404);
  });

  it.each([
    '/../secret.txt',
    '/..%2fsecret.txt',
    '/%2e%2e/secret.txt',
    '/assets/../../secret.txt',
    '//secret.txt',
    '/..\\secret.txt',
    '/secret.txt%00',
  ])('gives nothing from outside for %s', async (path) => {
    build();
    house = await openEdgeHouse({ deps: { staticDir: folder } });
    expect((await raw(path)).text).not.toContain('outside');
  });

  it('says so when it is not built, and is there once it is', async () => {
    house = await openEdgeHouse({ deps: { staticDir: folder } });
    expect((await house.call('/')).text).toContain('not built');
    expect((await house.call('/logs')).status).toBe(404);
    build();
    expect((await house.call('/')).text).toContain('<title>built');
  });
});
