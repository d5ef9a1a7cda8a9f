import { expect, it } from 'vitest';
import { Meter } from '#base';
import { publicSamples } from './public-metrics.ts';

it('joins stores by kind and leaves out labels that it does not know', () => {
  const meter = new Meter();
  for (const [store, rows, lag, up] of [
    ['pool', 1, 10, 1],
    ['silo-tenant-a', 2, 300, 1],
    ['silo-shop-of-kim', 4, 20, 0],
  ] as const) {
    meter.counter('rows', '', { store, code: 'x' }).add(rows);
    meter.gauge('bytes', '', { journal: store }).set(rows);
    meter.gauge('lag', '', { store }, 'max').set(lag);
    meter.gauge('up', '', { store }, 'min').set(up);
    meter.counter('by_tenant', '', { tenant: store }).add(1);
  }
  const shown = publicSamples(meter.samples());
  expect(JSON.stringify(shown)).not.toMatch(/tenant-a|kim/);
  const value = (name: string) => shown.filter((one) => one.name === name).map((one) => [one.labels, one.value]);
  expect(value('rows')).toEqual([
    [{ store: 'pool', code: 'x' }, 1],
    [{ store: 'silo', code: 'x' }, 6],
  ]);
  expect(value('bytes')[1]).toEqual([{ journal: 'silo' }, 6]);
  expect(value('lag')[1]).toEqual([{ store: 'silo' }, 300]);
  expect(value('up')[1]).toEqual([{ store: 'silo' }, 0]);
  expect(value('by_tenant')).toEqual([[{}, 3]]);
});
