import type { MetricSample } from '#base';

/** Labels whose values are constants of the program. */
const CONSTANT = new Set(['route', 'status', 'code', 'protocol', 'signal']);
/** Labels that say which store; the name of a silo's store is the name of its tenant. */
const STORE = new Set(['store', 'journal']);

/** `silo-tenant-a` → `silo`. */
export const kindOfStore = (name: string): string => name.split('-', 1)[0]!;

/**
 * What may be shown to whoever is on this machine: nothing that names a tenant. Stores are joined by kind, and a label
 * that is not known to be harmless is left out, its samples joined, so that a new one gives nothing away.
 */
export function publicSamples(samples: readonly MetricSample[]): MetricSample[] {
  const joined = new Map<string, MetricSample>();
  for (const sample of samples) {
    const labels = Object.fromEntries(
      Object.entries(sample.labels).flatMap(([name, value]) =>
        CONSTANT.has(name) ? [[name, value]] : STORE.has(name) ? [[name, kindOfStore(value)]] : [],
      ),
    );
    const key = JSON.stringify([sample.name, labels]);
    const before = joined.get(key);
    joined.set(key, {
      ...sample,
      labels,
      value: before ? JOIN[sample.across](before.value, sample.value) : sample.value,
    });
  }
  return [...joined.values()];
}

const JOIN = {
  sum: (a: number, b: number) => a + b,
  max: Math.max,
  min: Math.min,
} as const;
