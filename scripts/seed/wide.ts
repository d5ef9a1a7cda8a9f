/** Scenario `wide`: what a careless instrumentation does to a store. */

import { emission } from './emission.ts';
import { Random } from './random.ts';
import { encodeLogs, encodeSpans, Groups, KIND, type LogRecord, type Resource, type SpanRecord } from './records.ts';
import type { Job, ScenarioOptions } from './scenario.ts';
import { type Attributes, DIGITS } from './wire.ts';

const SLOTS = 500;
const PODS = 25;
const KEYS = 40;

export function* wide({ seed, spans, logs, hours, endMs }: ScenarioOptions): Generator<Job> {
  const random = new Random(seed, 7);
  const pods: Resource[] = Array.from({ length: PODS }, (_, i) => ({
    service: `wide-${i % 5}`,
    attributes: [
      ['service.name', `wide-${i % 5}`],
      ['deployment.environment', 'production'],
      ['host.name', `node-${i}`],
      ['k8s.pod.name', `wide-${i % 5}-${DIGITS}`],
      ['k8s.pod.uid', `${DIGITS}-${DIGITS}`],
    ],
  }));
  const attributes = (): Attributes => [
    ['user.id', `u-${DIGITS}`],
    ['url.full', `https://shop.example/users/${DIGITS}/orders/${DIGITS}`],
    ['request.id', `${DIGITS}${DIGITS}`],
    [`custom.key_${random.below(KEYS)}`, DIGITS],
    [`custom.key_${KEYS + random.below(KEYS)}`, random.below(1_000)],
  ];
  const spanGroups = new Groups<SpanRecord>();
  const logGroups = new Groups<LogRecord>();
  for (let slot = 0; slot < SLOTS; slot++) {
    const id = [random.uint32(), random.uint32()] as const;
    const pod = random.pick(pods);
    const end = random.skewed(20) * 1_000_000;
    const common = { slot, attributes: attributes() };
    spanGroups.add(pod, {
      ...{ ...common, id, parent: undefined, name: `GET /users/${DIGITS}/orders/${DIGITS}` },
      ...{ kind: KIND.server, start: 0, end },
    });
    logGroups.add(pod, {
      ...{ ...common, span: id, at: end / 2, severity: 'info' },
      body: `user ${DIGITS} asked for order ${DIGITS} from 10.${random.below(256)}.${random.below(256)}.7`,
    });
  }
  const spanTemplate = encodeSpans(spanGroups);
  const logTemplate = encodeLogs(logGroups);
  const windowMs = hours * 3_600_000;
  for (let number = 0; number * SLOTS < Math.max(spans, logs); number++) {
    const own = new Random(seed, 0x2000 + number);
    const share = (number * SLOTS) / Math.max(spans, logs);
    const one = emission(own, SLOTS, () => endMs - windowMs * (1 - share) + own.unit() * 1_000);
    if (number * SLOTS < spans) yield { template: spanTemplate, emission: one };
    if (number * SLOTS < logs) yield { template: logTemplate, emission: one };
  }
}
