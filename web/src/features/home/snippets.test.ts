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
    // The shell puts the time of the call between two quoted pieces.
    expect(JSON.parse(body.replace("'$(date +%s)'", '1795219200'))).toHaveProperty(
      'resourceLogs[0].scopeLogs[0].logRecords[0].body.stringValue',
      'Hello, Hanok',
    );
  });

  it('the Collector speaks TLS where the address does', () => {
    const collector = SNIPPETS.find((snippet) => snippet.name === 'collector');
    expect(collector?.code(values)).toContain('insecure: true');
    expect(collector?.code({ ...values, grpc: 'https://otlp.example:4317' })).toContain('insecure: false');
  });

  it.each(['node', 'java', 'python', 'go', 'dotnet', 'rust', 'env'])(
    '%s names the protocol, because the default of some SDKs is gRPC on another port, and all three signals',
    (name) => {
      const code = SNIPPETS.find((snippet) => snippet.name === name)?.code(values) ?? '';
      expect(code).toContain('OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf');
      for (const signal of ['LOGS', 'METRICS', 'TRACES']) expect(code).toContain(`OTEL_${signal}_EXPORTER=otlp`);
    },
  );

  it('name nothing that its maker has deprecated', () => {
    for (const { code } of SNIPPETS)
      expect(code(values)).not.toMatch(/LOGGING_AUTO_INSTRUMENTATION|addSpanProcessor|WithInsecure|AddOtlpExporter/);
  });

  it('gives a page no key: the site in front of it adds it', () => {
    const [nginx, page] = (SNIPPETS.find(({ name }) => name === 'browser')?.code(values) ?? '').split('// npm install');
    expect(nginx).toContain('hnk_secret');
    expect(page).not.toContain('hnk_secret');
  });
});
