import { describe, expect, it } from 'vitest';
import { SNIPPETS } from './snippets.ts';

const values = { http: 'http://10.0.0.1:4318', grpc: 'http://10.0.0.1:4317', key: 'hnk_secret' };

describe('snippets', () => {
  it.each(SNIPPETS.map((snippet) => [snippet.name, snippet] as const))(
    '%s carries the key and an address',
    (_, snippet) => {
      const code = snippet.code(values);
      expect(code).toContain('⟪hnk_secret⟫');
      expect(code).toMatch(/⟪http:\/\/10\.0\.0\.1:431[78]⟫/);
      expect(code.match(/⟪/g)?.length).toBe(code.match(/⟫/g)?.length);
    },
  );

  it('curl sends JSON that can be read', () => {
    const code = SNIPPETS.find((snippet) => snippet.name === 'curl')?.code(values) ?? '';
    const body = /-d '([\s\S]*)'$/.exec(code)?.[1] ?? '';
    expect(JSON.parse(body)).toHaveProperty(
      'resourceLogs[0].scopeLogs[0].logRecords[0].body.stringValue',
      'Hello, Hanok',
    );
  });

  it('the Collector speaks TLS where the address does', () => {
    const collector = SNIPPETS.find((snippet) => snippet.name === 'collector');
    expect(collector?.code(values)).toContain('insecure: true');
    expect(collector?.code({ ...values, grpc: 'https://otlp.example:4317' })).toContain('insecure: false');
  });
});
