import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type EdgeInstance, openEdgeInstance } from '../testkit/instance.ts';

let instance: EdgeInstance;
let parent: string;
let folder: string;
beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'hanok-ui-'));
  folder = join(parent, 'dist');
  mkdirSync(folder);
  writeFileSync(join(parent, 'secret.txt'), 'outside');
});
afterEach(async () => {
  await instance?.close();
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
    request({ host: '127.0.0.1', port: instance.edge.port, path }, (response) => {
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
    instance = await openEdgeInstance({ deps: { staticDir: folder } });
    const page = await instance.call('/');
    expect([page.status, page.headers.get('content-type'), page.headers.get('cache-control')]).toEqual([
      200,
      'text/html; charset=utf-8',
      'no-cache',
    ]);
    const script = await instance.call('/assets/app-abc123.js', { headers: { 'accept-encoding': 'identity' } });
    expect([script.text, script.headers.get('cache-control')]).toEqual([
      'let plain',
      'public, max-age=31536000, immutable',
    ]);
    const packed = await instance.call('/assets/app-abc123.js', { headers: { 'accept-encoding': 'br, gzip' } });
    expect([packed.text, packed.headers.get('content-encoding')]).toEqual(['let packed', 'gzip']);
    const again = await instance.call('/', { headers: { 'if-none-match': page.headers.get('etag')! } });
    expect([again.status, again.text]).toEqual([304, '']);
    const head = await instance.call('/', { method: 'HEAD' });
    expect([head.status, head.text]).toEqual([200, '']);
  });

  it('answers its own routes with the page, and missing files with 404', async () => {
    build();
    instance = await openEdgeInstance({ deps: { staticDir: folder } });
    expect((await instance.call('/traces/0123?from=now-1h')).text).toContain('built');
    expect((await instance.call('/assets/app-old.js')).status).toBe(404);
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
    instance = await openEdgeInstance({ deps: { staticDir: folder } });
    expect((await raw(path)).text).not.toContain('outside');
  });

  it('says so when it is not built, and is there once it is', async () => {
    instance = await openEdgeInstance({ deps: { staticDir: folder } });
    expect((await instance.call('/')).text).toContain('not built');
    expect((await instance.call('/logs')).status).toBe(404);
    build();
    expect((await instance.call('/')).text).toContain('<title>built');
  });
});
