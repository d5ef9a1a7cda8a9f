/** Scenario `shop` (also `spans`, `logs`): a shop's traces, the logs of those very requests, and metrics. */

import { emission } from './emission.ts';
import { Random } from './random.ts';
import {
  encodeLogs,
  encodeSpans,
  Groups,
  KIND,
  type LogRecord,
  type Resource,
  type SpanId,
  type SpanRecord,
} from './records.ts';
import type { Job, ScenarioOptions } from './scenario.ts';
import { metricsTemplate } from './shop-metrics.ts';
import {
  CALM,
  type Call,
  EVERYDAY_FAILURES,
  INCIDENTS,
  INSTANCES,
  type Incident,
  JOURNEYS,
  SERVICES,
  trafficAt,
} from './shop-model.ts';
import type { Template } from './template.ts';

const MS = 1_000_000;
/** Traces per request; about 1,500 spans. */
const SLOTS = 100;
/** Templates per incident; latencies and texts repeat after so many requests. */
const VARIANTS = 12;
const MOST_LOGS_PER_SPAN = 20;
/** Minutes of metrics that travel together. */
const METRICS_REQUEST_MS = 15 * 60_000;

const TALK: ReadonlyArray<readonly [weight: number, severity: LogRecord['severity'], says: string]> = [
  [50, 'info', 'request finished'],
  [20, 'info', 'cache miss, asking the database'],
  [16, 'debug', 'connection taken from the pool'],
  [8, 'info', 'customer ######## is known'],
  [4, 'warn', 'retrying after a timeout of 250 ms'],
  [2, 'warn', 'response larger than 64 kB'],
];
const TALK_WEIGHT = TALK.reduce((sum, [weight]) => sum + weight, 0);

function resources(environment: string): Map<string, Resource[]> {
  return new Map(
    SERVICES.map((service) => [
      service,
      Array.from({ length: INSTANCES }, (_, instance) => ({
        service,
        attributes: [
          ['service.name', service],
          ['service.namespace', 'shop'],
          ['service.version', '2.8.1'],
          ['service.instance.id', `${service}-${instance}`],
          ['deployment.environment', environment],
          ['host.name', `shop-host-${instance + 1}`],
          ['os.type', 'linux'],
          ['process.runtime.name', 'nodejs'],
          ['telemetry.sdk.language', 'nodejs'],
          ['telemetry.sdk.name', 'opentelemetry'],
        ],
      })),
    ]),
  );
}

/** Plays customers' journeys and collects what the services would send. */
class Play {
  readonly spans = new Groups<SpanRecord>();
  readonly logs = new Groups<LogRecord>();
  readonly #random: Random;
  readonly #incident: Incident;
  readonly #resources: Map<string, Resource[]>;
  readonly #logsPerSpan: number;
  #owed = 0;

  constructor(random: Random, incident: Incident, all: Map<string, Resource[]>, logsPerSpan: number) {
    this.#random = random;
    this.#incident = incident;
    this.#resources = all;
    this.#logsPerSpan = logsPerSpan;
  }

  #id(): SpanId {
    return [this.#random.uint32(), this.#random.uint32()];
  }

  #span(resource: Resource, record: SpanRecord, says: string): void {
    this.spans.add(resource, record);
    this.#owed += this.#logsPerSpan;
    while (this.#owed >= 1) {
      this.#owed--;
      this.#say(resource, record, says);
    }
  }

  #say(resource: Resource, span: SpanRecord, says: string): void {
    const failed = span.error !== undefined;
    let dice = this.#random.unit() * TALK_WEIGHT;
    const [, severity, text] = TALK.find(([weight]) => (dice -= weight) < 0) ?? TALK[0]!;
    const ms = ((span.end - span.start) / MS).toFixed(1);
    this.logs.add(resource, {
      slot: span.slot,
      span: span.id,
      at: span.start + this.#random.unit() * (span.end - span.start),
      severity: failed ? 'error' : severity,
      body: failed ? `${says} failed: ${span.error}` : `${says}: ${text}, ${ms} ms`,
      attributes: [
        ['durationMs', Number(ms) + 0.01],
        ['customer', 'c-########'],
        ['component', span.kind === KIND.client ? 'database' : 'web'],
      ],
    });
  }

  #fails(service: string): boolean {
    const [failing, share] = this.#incident.failing ?? ['', 0];
    return this.#random.chance(failing === service ? share : (EVERYDAY_FAILURES.get(service) ?? 0.0002));
  }

  /** Returns when the call ended and why it failed, if it did. */
  call(
    call: Call,
    slot: number,
    start: number,
    parent: SpanId | undefined,
  ): { end: number; error: string | undefined } {
    const random = this.#random;
    const resource = random.pick(this.#resources.get(call.service)!);
    const id = this.#id();
    let now = start + random.skewed(call.own * 0.4) * MS;
    let error = this.#fails(call.service) ? `${call.service} gave up: upstream did not answer` : undefined;
    for (const step of error === undefined ? call.steps : []) {
      const stepId = this.#id();
      const began = now;
      if ('to' in step) {
        const wire = random.skewed(0.25) * MS;
        const inner = this.call(step.to, slot, began + wire, stepId);
        const asynchronous = step.queue !== undefined;
        now = asynchronous ? began + random.skewed(1) * MS : inner.end + wire;
        if (!asynchronous) error = inner.error;
        this.#span(
          resource,
          {
            slot,
            id: stepId,
            parent: id,
            name: asynchronous ? `publish ${step.queue}` : step.to.name.split(' ')[0]!,
            kind: asynchronous ? KIND.producer : KIND.client,
            start: began,
            end: now,
            attributes: asynchronous
              ? [
                  ['messaging.system', 'rabbitmq'],
                  ['messaging.destination.name', step.queue!],
                  ['messaging.operation.type', 'publish'],
                ]
              : [
                  ['http.request.method', step.to.name.split(' ')[0]!],
                  ['server.address', step.to.service],
                  ['url.full', `http://${step.to.service}:8080${step.to.name.split(' ')[1]}`],
                  ['http.response.status_code', inner.error === undefined ? 200 : 502],
                ],
            ...(!asynchronous && inner.error !== undefined ? { error: inner.error } : {}),
          },
          call.says,
        );
      } else {
        const [slow, factor] = this.#incident.slowDatabase ?? ['', 1];
        now += random.skewed(step.own * (step.db === slow ? factor : 1), 0.6) * MS;
        this.#span(
          resource,
          {
            slot,
            id: stepId,
            parent: id,
            name: `${step.sql.split(' ')[0]} ${step.db}.${step.table}`,
            kind: KIND.client,
            start: began,
            end: now,
            attributes: [
              ['db.system.name', 'postgresql'],
              ['db.namespace', step.db],
              ['db.collection.name', step.table],
              ['db.query.text', step.sql],
              ['server.address', `${step.db}-db`],
              ['server.port', 5432],
            ],
          },
          call.says,
        );
      }
      if (error !== undefined) break;
      now += random.skewed(call.own * 0.1) * MS;
    }
    const end = now + random.skewed(call.own * 0.5) * MS;
    this.#span(
      resource,
      {
        slot,
        id,
        parent,
        name: call.name,
        kind: call.kind === 'server' ? KIND.server : KIND.consumer,
        start,
        end,
        attributes:
          call.kind === 'server'
            ? [...call.attributes, ['http.response.status_code', error === undefined ? 200 : 500]]
            : call.attributes,
        ...(error === undefined ? {} : { error }),
      },
      call.says,
    );
    return { end, error };
  }
}

interface Pair {
  readonly spans: Template;
  readonly logs: Template;
}

function makePair(random: Random, incident: Incident, all: Map<string, Resource[]>, logsPerSpan: number): Pair {
  const play = new Play(random, incident, all, logsPerSpan);
  const weight = JOURNEYS.reduce((sum, [each]) => sum + each, 0);
  for (let slot = 0; slot < SLOTS; slot++) {
    let dice = random.unit() * weight;
    const [, journey] = JOURNEYS.find(([each]) => (dice -= each) < 0) ?? JOURNEYS[0]!;
    play.call(journey, slot, 0, undefined);
  }
  return { spans: encodeSpans(play.spans), logs: encodeLogs(play.logs) };
}

/** Maps a share of the records to a share of the window, so that days are busy and nights are quiet. */
function traffic(from: number, hours: number): (share: number) => number {
  const steps = Math.max(1, Math.ceil(hours * 12));
  const sums = [0];
  for (let i = 0; i < steps; i++) {
    const at = new Date(from + ((i + 0.5) / steps) * hours * 3_600_000);
    sums.push(sums[i]! + trafficAt(at.getUTCHours() + at.getUTCMinutes() / 60));
  }
  const total = sums[steps]!;
  return (share) => {
    const wanted = Math.min(share, 0.999_999) * total;
    let low = 0;
    let high = steps;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (sums[middle]! <= wanted) low = middle;
      else high = middle;
    }
    return (low + (wanted - sums[low]!) / (sums[low + 1]! - sums[low]!)) / steps;
  };
}

export function* shop(options: ScenarioOptions): Generator<Job> {
  const { seed, spans, logs, hours, endMs } = options;
  const startMs = endMs - hours * 3_600_000;
  const all = resources('production');
  const logsPerSpan = Math.min(MOST_LOGS_PER_SPAN, spans === 0 || logs === 0 ? 1 : logs / spans);
  const pairs = [CALM, ...INCIDENTS].map((incident, which) =>
    Array.from({ length: VARIANTS }, (_, variant) =>
      makePair(new Random(seed, 1 + which * VARIANTS + variant), incident, all, logsPerSpan),
    ),
  );
  const at = traffic(startMs, hours);

  if (options.metrics) {
    const incidentAt = (ms: number): boolean => {
      const share = (ms - startMs) / (endMs - startMs);
      return INCIDENTS.some((each) => share >= each.from && share < each.to);
    };
    for (let fromMs = startMs; fromMs < endMs; fromMs += METRICS_REQUEST_MS) {
      const toMs = Math.min(endMs, fromMs + METRICS_REQUEST_MS);
      const random = new Random(seed, 0x4d00_0000 + Math.floor((fromMs - startMs) / 60_000));
      const template = metricsTemplate(all, { fromMs, toMs, startMs }, random, incidentAt);
      yield { template, emission: emission(new Random(seed, 1), 1, () => fromMs) };
    }
  }

  let sentSpans = 0;
  let sentLogs = 0;
  for (let number = 0; sentSpans < spans || sentLogs < logs; number++) {
    const random = new Random(seed, 0x1000 + number);
    const typical = pairs[0]![0]!;
    const share = Math.max(sentSpans / Math.max(1, spans), sentLogs / Math.max(1, logs));
    const width = Math.max(typical.spans.records / Math.max(1, spans), typical.logs.records / Math.max(1, logs));
    const window = at(share);
    const which = INCIDENTS.findIndex((incident) => window >= incident.from && window < incident.to) + 1;
    const pair = pairs[which]![number % VARIANTS]!;
    const one = emission(
      random,
      SLOTS,
      () => startMs + at(Math.min(1, share + random.unit() * width)) * (endMs - startMs),
    );
    if (sentSpans < spans) {
      yield { template: pair.spans, emission: one };
      sentSpans += pair.spans.records;
    }
    if (sentLogs < logs) {
      yield { template: pair.logs, emission: one };
      sentLogs += pair.logs.records;
    }
  }
}
