import { expect, it } from 'vitest';
import { banner } from './banner.ts';

const facts = {
  ui: 'http://127.0.0.1:8080',
  otlpHttp: 'http://127.0.0.1:4318',
  otlpGrpc: 'http://127.0.0.1:4317',
  dataDir: '/data',
  readyMs: 1_234,
  first: {
    file: '/data/bootstrap.json',
    operator: { email: 'operator@hanok.local', password: 'secret-one' },
    tenants: [
      {
        id: 'tenant-a',
        mode: 'silo',
        ingestKey: 'secret-two',
        admin: { email: 'a@x.example', password: 'secret-three' },
      },
    ],
  },
};

it('shows first credentials to a terminal, and to anything else where they are', () => {
  expect(banner({ ...facts, terminal: true }).match(/secret-\w+/g)).toEqual([
    'secret-one',
    'secret-three',
    'secret-two',
    'secret-two',
  ]);
  const logged = banner({ ...facts, terminal: false });
  expect(logged).not.toContain('secret');
  expect(logged).toContain('/data/bootstrap.json');
  expect(banner({ ...facts, first: undefined, terminal: true })).not.toContain('bootstrap.json');
});
