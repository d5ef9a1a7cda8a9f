/** What a person sees when the instance is open. Pure: text in, text out. */
export interface BannerFacts {
  readonly ui: string;
  readonly otlpHttp: string;
  readonly otlpGrpc: string;
  readonly dataDir: string;
  readonly readyMs: number;
  /** Is it written to a terminal? Anything else keeps what it is given: a file, a journal, a container's log. */
  readonly terminal: boolean;
  /** Present only on the first start: credentials are shown once, to a terminal alone. */
  readonly first:
    | undefined
    | {
        readonly file: string;
        readonly operator: { readonly email: string; readonly password: string };
        readonly tenants: ReadonlyArray<{
          readonly id: string;
          readonly mode: string;
          readonly ingestKey: string;
          readonly admin: { readonly email: string; readonly password: string };
        }>;
      };
}

export function banner(facts: BannerFacts): string {
  const lines = [
    '',
    `  Hanok is open (${(facts.readyMs / 1_000).toFixed(1)} s)`,
    '',
    `  User interface   ${facts.ui}`,
    `  OTLP over HTTP   ${facts.otlpHttp}`,
    `  OTLP over gRPC   ${facts.otlpGrpc}`,
    `  Data             ${facts.dataDir}`,
  ];
  if (facts.first && !facts.terminal)
    lines.push('', `  First start: the credentials are in ${facts.first.file} (mode 0600).`);
  else if (facts.first) {
    lines.push(
      '',
      `  First start: these credentials are shown once; they are also in ${facts.first.file} (mode 0600).`,
      '',
    );
    lines.push(`  operator   ${facts.first.operator.email}   ${facts.first.operator.password}`);
    for (const tenant of facts.first.tenants) {
      lines.push(`  ${tenant.id} (${tenant.mode})   ${tenant.admin.email}   ${tenant.admin.password}`);
      lines.push(`    ingest key   ${tenant.ingestKey}`);
    }
    const [tenant] = facts.first.tenants;
    if (tenant) {
      lines.push('', '  Send something:', '');
      lines.push(
        `  curl ${facts.otlpHttp}/v1/logs -H 'content-type: application/json' -H 'authorization: Bearer ${tenant.ingestKey}' \\`,
      );
      lines.push(
        `    -d '{"resourceLogs":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"hello"}}]},"scopeLogs":[{"logRecords":[{"severityText":"info","body":{"stringValue":"hello, hanok"}}]}]}]}'`,
      );
    }
  }
  lines.push('', '  Ctrl-C drains and closes.', '');
  return lines.join('\n');
}
