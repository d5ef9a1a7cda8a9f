/** What the snippets are filled in with. */
export interface Values {
  /** `http://host:4318` */
  readonly http: string;
  /** `http://host:4317` */
  readonly grpc: string;
  readonly key: string;
}

export type SnippetName = 'curl' | 'node' | 'java' | 'python' | 'go' | 'collector' | 'env';

interface Snippet {
  readonly name: SnippetName;
  /** Names of tools and languages; the same in every language. */
  readonly label: string;
  readonly code: (values: Values) => string;
}

/** Marks the reader's own values for `CodeSnippet`. */
const own = (text: string) => `⟪${text}⟫`;

const variables = ({ http, key }: Values, prefix = '', end = ' \\') =>
  [
    `${prefix}OTEL_SERVICE_NAME=${own('my-app')}`,
    `${prefix}OTEL_EXPORTER_OTLP_ENDPOINT=${own(http)}`,
    `${prefix}OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf`,
    `${prefix}OTEL_EXPORTER_OTLP_HEADERS=x-hanok-key=${own(key)}`,
    `${prefix}OTEL_LOGS_EXPORTER=otlp OTEL_METRICS_EXPORTER=otlp OTEL_TRACES_EXPORTER=otlp`,
  ]
    .map((line) => `${line}${end}`)
    .join('\n');

export const SNIPPETS: readonly Snippet[] = [
  {
    name: 'curl',
    label: 'curl',
    code: ({ http, key }) => `curl ${own(http)}/v1/logs \\
  -H 'x-hanok-key: ${own(key)}' \\
  -H 'content-type: application/json' \\
  -d '{"resourceLogs":[{
    "resource":{"attributes":[{"key":"service.name","value":{"stringValue":"hello"}}]},
    "scopeLogs":[{"logRecords":[{"severityText":"INFO","body":{"stringValue":"Hello, Hanok"}}]}]
  }]}'`,
  },
  {
    name: 'node',
    label: 'Node.js',
    code: (values) => `npm install @opentelemetry/api @opentelemetry/auto-instrumentations-node

${variables(values)}
node --require @opentelemetry/auto-instrumentations-node/register ${own('app.js')}`,
  },
  {
    name: 'java',
    label: 'Java',
    code: (
      values,
    ) => `curl -LO https://github.com/open-telemetry/opentelemetry-java-instrumentation/releases/latest/download/opentelemetry-javaagent.jar

${variables(values)}
java -javaagent:./opentelemetry-javaagent.jar -jar ${own('app.jar')}`,
  },
  {
    name: 'python',
    label: 'Python',
    code: (values) => `pip install opentelemetry-distro opentelemetry-exporter-otlp
opentelemetry-bootstrap -a install

${variables(values)}
OTEL_PYTHON_LOGGING_AUTO_INSTRUMENTATION_ENABLED=true \\
opentelemetry-instrument python ${own('app.py')}`,
  },
  {
    name: 'go',
    label: 'Go',
    code: ({
      http,
      key,
    }) => `// go get go.opentelemetry.io/otel/sdk go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp
exporter, err := otlptracehttp.New(ctx,
	otlptracehttp.WithEndpointURL("${own(http)}/v1/traces"),
	otlptracehttp.WithHeaders(map[string]string{"x-hanok-key": "${own(key)}"}),
)
if err != nil {
	return err
}
provider := trace.NewTracerProvider(
	trace.WithBatcher(exporter),
	trace.WithResource(resource.NewSchemaless(semconv.ServiceName("${own('my-app')}"))),
)
defer provider.Shutdown(ctx)
otel.SetTracerProvider(provider)`,
  },
  {
    name: 'collector',
    label: 'Collector',
    code: ({ grpc, key }) => `exporters:
  otlp/hanok:
    endpoint: ${own(grpc)}
    tls: { insecure: ${grpc.startsWith('https:') ? 'false' : 'true'} }
    headers:
      x-hanok-key: ${own(key)}
    compression: zstd
    sending_queue: { enabled: true }
    retry_on_failure: { enabled: true }

service:
  pipelines:
    traces: { receivers: [otlp], processors: [batch], exporters: [otlp/hanok] }
    metrics: { receivers: [otlp], processors: [batch], exporters: [otlp/hanok] }
    logs: { receivers: [otlp], processors: [batch], exporters: [otlp/hanok] }`,
  },
  { name: 'env', label: 'OTEL_*', code: (values) => variables(values, 'export ', '') },
];
