/** Scenario `huge-lines`: bodies that break viewers, indexes and limits. */

import { emission } from './emission.ts';
import { Random } from './random.ts';
import { encodeLogs, Groups, type LogRecord, type Resource } from './records.ts';
import type { Job, ScenarioOptions } from './scenario.ts';
import { DIGITS } from './wire.ts';

const SIZES = [1_000, 4_000, 16_000, 60_000, 64_000, 66_000, 250_000, 1_000_000];
const WORDS =
  'order payment customer stock retry timeout 주문 결제 고객 재고 다시 시간초과 connection pool queue bank'.split(' ');

const SHAPES: ReadonlyArray<(random: Random, size: number) => string> = [
  (random, size) => {
    let text = `Error: request ${DIGITS} failed\n`;
    while (text.length < size)
      text += `    at ${random.pick(WORDS)} (/srv/shop/${random.below(900)}.js:${random.below(4_000)}:7)\n`;
    return text;
  },
  (random, size) => {
    const items: unknown[] = [];
    for (let length = 0; length < size; length += 70)
      items.push({
        id: random.uint32(),
        name: random.pick(WORDS),
        price: random.below(90_000),
        tags: [random.pick(WORDS)],
      });
    return JSON.stringify({ level: 'warn', request: DIGITS, items });
  },
  (random, size) => {
    let text = '';
    while (text.length < size) text += random.uint32().toString(36);
    return `${DIGITS}${text}`;
  },
  (random, size) => {
    let text = DIGITS;
    while (text.length < size) text += ` ${random.pick(WORDS)}`;
    return text;
  },
];

export function* hugeLines({ seed, logs, hours, endMs }: ScenarioOptions): Generator<Job> {
  const random = new Random(seed, 13);
  const resource: Resource = {
    service: 'chatty',
    attributes: [
      ['service.name', 'chatty'],
      ['deployment.environment', 'production'],
      ['host.name', 'shop-host-1'],
    ],
  };
  const groups = new Groups<LogRecord>();
  let lines = 0;
  for (const size of SIZES) {
    for (const shape of SHAPES) {
      groups.add(resource, {
        ...{ slot: lines++, span: undefined, at: 0, severity: 'warn', attributes: [['size', size]] },
        body: shape(random, size),
      });
    }
  }
  const template = encodeLogs(groups);
  for (let number = 0; number * lines < logs; number++) {
    const own = new Random(seed, 0x3000 + number);
    const share = (number * lines) / logs;
    yield {
      template,
      emission: emission(own, lines, () => endMs - hours * 3_600_000 * (1 - share) + own.unit() * 5_000),
    };
  }
}
