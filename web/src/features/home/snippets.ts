/** What the snippets are filled in with. */
export interface Values {
  /** `http://host:4318` */
  readonly http: string;
  /** `http://host:4317` */
  readonly grpc: string;
  readonly key: string;
}

export type SnippetName =
  | 'curl'
  | 'node'
  | 'java'
  | 'python'
  | 'go'
  | 'dotnet'
  | 'rust'
  | 'browser'
  | 'collector'
  | 'env';

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
    "scopeLogs":[{"logRecords":[{"timeUnixNano":"'$(date +%s)'000000000",
      "severityNumber":9,"severityText":"INFO","body":{"stringValue":"Hello, Hanok"}}]}]
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
opentelemetry-instrument python ${own('app.py')}`,
  },
  {
    name: 'go',
    label: 'Go',
    code: (
      values,
    ) => `go get go.opentelemetry.io/otel/sdk go.opentelemetry.io/otel/sdk/log go.opentelemetry.io/otel/sdk/metric \\
  go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp \\
  go.opentelemetry.io/otel/exporters/otlp/otlpmetric/otlpmetrichttp \\
  go.opentelemetry.io/otel/exporters/otlp/otlplog/otlploghttp go.opentelemetry.io/contrib/bridges/otelslog

${variables(values, 'export ', '')}

// telemetry.go; sdktrace, sdkmetric, sdklog: go.opentelemetry.io/otel/sdk/{trace,metric,log}
// global: go.opentelemetry.io/otel/log/global
func telemetry(ctx context.Context) (shutdown func(context.Context), err error) {
	spans, err := otlptracehttp.New(ctx)
	if err != nil {
		return nil, err
	}
	samples, err := otlpmetrichttp.New(ctx)
	if err != nil {
		return nil, err
	}
	records, err := otlploghttp.New(ctx)
	if err != nil {
		return nil, err
	}
	traces := sdktrace.NewTracerProvider(sdktrace.WithBatcher(spans))
	metrics := sdkmetric.NewMeterProvider(sdkmetric.WithReader(sdkmetric.NewPeriodicReader(samples)))
	logs := sdklog.NewLoggerProvider(sdklog.WithProcessor(sdklog.NewBatchProcessor(records)))
	otel.SetTracerProvider(traces)
	otel.SetMeterProvider(metrics)
	global.SetLoggerProvider(logs)
	slog.SetDefault(otelslog.NewLogger("${own('my-app')}"))
	return func(ctx context.Context) {
		_ = traces.Shutdown(ctx)
		_ = metrics.Shutdown(ctx)
		_ = logs.Shutdown(ctx)
	}, nil
}`,
  },
  {
    name: 'dotnet',
    label: '.NET',
    code: (values) => `dotnet add package OpenTelemetry.Extensions.Hosting
dotnet add package OpenTelemetry.Exporter.OpenTelemetryProtocol
dotnet add package OpenTelemetry.Instrumentation.AspNetCore
dotnet add package OpenTelemetry.Instrumentation.Http
dotnet add package OpenTelemetry.Instrumentation.Runtime

${variables(values, 'export ', '')}

// Program.cs
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;

builder.Services.AddOpenTelemetry()
    .WithTracing(traces => traces.AddAspNetCoreInstrumentation().AddHttpClientInstrumentation())
    .WithMetrics(metrics => metrics.AddAspNetCoreInstrumentation().AddHttpClientInstrumentation().AddRuntimeInstrumentation())
    .WithLogging()
    .UseOtlpExporter();`,
  },
  {
    name: 'rust',
    label: 'Rust',
    code: (
      values,
    ) => `cargo add opentelemetry opentelemetry_sdk opentelemetry-otlp opentelemetry-appender-tracing tracing tracing-opentelemetry tracing-subscriber

${variables(values, 'export ', '')}

// main.rs
use opentelemetry::trace::TracerProvider;
use opentelemetry_appender_tracing::layer::OpenTelemetryTracingBridge;
use opentelemetry_otlp::{LogExporter, MetricExporter, SpanExporter};
use opentelemetry_sdk::{logs::SdkLoggerProvider, metrics::SdkMeterProvider, trace::SdkTracerProvider};
use tracing_subscriber::{filter::LevelFilter, prelude::*};

let traces = SdkTracerProvider::builder()
    .with_batch_exporter(SpanExporter::builder().with_http().build()?)
    .build();
let metrics = SdkMeterProvider::builder()
    .with_periodic_exporter(MetricExporter::builder().with_http().build()?)
    .build();
let logs = SdkLoggerProvider::builder()
    .with_batch_exporter(LogExporter::builder().with_http().build()?)
    .build();
opentelemetry::global::set_meter_provider(metrics.clone());
tracing_subscriber::registry()
    .with(LevelFilter::INFO)
    .with(tracing_opentelemetry::layer().with_tracer(traces.tracer("${own('my-app')}")))
    .with(OpenTelemetryTracingBridge::new(&logs))
    .init();
// … and before the program ends:
traces.shutdown()?;
metrics.shutdown()?;
logs.shutdown()?;`,
  },
  {
    // A page would show its key to everybody: it sends to its own site, which adds the key.
    name: 'browser',
    label: 'Browser',
    code: ({ http, key }) => `# nginx, in the site's server block
location /telemetry/v1/ {
  limit_except POST { deny all; }
  client_max_body_size 1m;
  proxy_pass ${own(http)}/v1/;
  proxy_set_header x-hanok-key ${own(key)};
  proxy_set_header Authorization "";
  proxy_set_header Cookie "";
}

// npm install @opentelemetry/api @opentelemetry/sdk-trace-web @opentelemetry/exporter-trace-otlp-http \\
//   @opentelemetry/resources @opentelemetry/instrumentation @opentelemetry/auto-instrumentations-web
const provider = new WebTracerProvider({
  resource: resourceFromAttributes({ 'service.name': '${own('my-page')}' }),
  spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter({ url: '/telemetry/v1/traces' }))],
});
provider.register();
registerInstrumentations({ instrumentations: [getWebAutoInstrumentations()] });`,
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
