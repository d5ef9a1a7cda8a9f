/** Scenario `deep-trace`: one trace with very many spans: a long chain, with broad fans hanging from it. */

import { emission } from './emission.ts';
import { Random } from './random.ts';
import { encodeSpans, Groups, KIND, type Resource, type SpanId, type SpanRecord } from './records.ts';
import type { Job, ScenarioOptions } from './scenario.ts';

const SERVICES = 8;
/** One span in so many continues the chain; the others are its leaves. */
const PER_LINK = 50;
const SPAN_NS = 3_000_000;
/** Requests stay far below the size limit. */
const PER_REQUEST = 5_000;

export function* deepTrace({ seed, spans, endMs }: ScenarioOptions): Generator<Job> {
  const random = new Random(seed, 11);
  const resources: Resource[] = Array.from({ length: SERVICES }, (_, i) => ({
    service: `batch-${i}`,
    attributes: [
      ['service.name', `batch-${i}`],
      ['deployment.environment', 'production'],
      ['host.name', `batch-host-${i % 2}`],
    ],
  }));
  const total = spans * SPAN_NS;
  const records: Array<[Resource, SpanRecord]> = [];
  let parent: SpanId | undefined;
  let link: SpanId = [random.uint32(), random.uint32()];
  for (let i = 0; i < spans; i++) {
    const chained = i % PER_LINK === 0;
    const start = i * SPAN_NS;
    const id: SpanId = chained ? link : [random.uint32(), random.uint32()];
    records.push([
      resources[Math.floor(i / PER_LINK) % SERVICES]!,
      {
        ...{ slot: 0, id, start, attributes: [['step', i]] },
        parent: chained ? parent : link,
        name: chained ? `stage ${i / PER_LINK}` : `item ${i % PER_LINK}`,
        kind: chained ? KIND.server : KIND.internal,
        end: chained ? total - Math.floor(start / 1_000) : start + SPAN_NS * (0.4 + random.unit() * 0.5),
        ...(random.chance(0.002) ? { error: 'item refused: checksum differs' } : {}),
      },
    ]);
    if (i % PER_LINK === PER_LINK - 1) {
      parent = link;
      link = [random.uint32(), random.uint32()];
    }
  }
  const one = emission(random, 1, () => endMs - total / 1_000_000 - 60_000);
  for (let at = 0; at < records.length; at += PER_REQUEST) {
    const groups = new Groups<SpanRecord>();
    for (const [resource, record] of records.slice(at, at + PER_REQUEST)) groups.add(resource, record);
    yield { template: encodeSpans(groups), emission: one };
  }
}
