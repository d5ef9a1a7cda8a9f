/**
 * Hanok's own counters and gauges: `hanok_<module>_<what>_<unit>` with few, bounded labels. Read by /metrics, by the
 * doctor and by the ingest activity. A counter is looked up once when its module opens, never per record.
 */
export interface Counter {
  add(amount: number): void;
  readonly value: number;
}

export interface Gauge {
  set(value: number): void;
  readonly value: number;
}

export interface MetricSample {
  readonly name: string;
  readonly kind: 'counter' | 'gauge';
  readonly help: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
  /** How values of several label sets are joined into one. */
  readonly across: Across;
}

export type Across = 'sum' | 'max' | 'min';

class Cell implements Counter, Gauge {
  value = 0;
  add(amount: number): void {
    this.value += amount;
  }
  set(value: number): void {
    this.value = value;
  }
}

export class Meter {
  readonly #cells = new Map<string, { readonly sample: Omit<MetricSample, 'value'>; readonly cell: Cell }>();

  counter(name: string, help: string, labels: Readonly<Record<string, string>> = {}): Counter {
    return this.#cell('counter', name, help, labels, 'sum');
  }

  gauge(name: string, help: string, labels: Readonly<Record<string, string>> = {}, across: Across = 'sum'): Gauge {
    return this.#cell('gauge', name, help, labels, across);
  }

  samples(): MetricSample[] {
    return [...this.#cells.values()].map(({ sample, cell }) => ({ ...sample, value: cell.value }));
  }

  #cell(
    kind: 'counter' | 'gauge',
    name: string,
    help: string,
    labels: Readonly<Record<string, string>>,
    across: Across,
  ): Cell {
    const key = `${name}${JSON.stringify(Object.entries(labels).sort())}`;
    let entry = this.#cells.get(key);
    if (!entry) {
      entry = { sample: { name, kind, help, labels, across }, cell: new Cell() };
      this.#cells.set(key, entry);
    }
    return entry.cell;
  }
}

/** Prometheus text exposition, https://prometheus.io/docs/instrumenting/exposition_formats/. */
export function exposition(samples: readonly MetricSample[]): string {
  const lines: string[] = [];
  let last = '';
  for (const sample of [...samples].sort((a, b) => a.name.localeCompare(b.name))) {
    if (sample.name !== last)
      lines.push(`# HELP ${sample.name} ${sample.help}`, `# TYPE ${sample.name} ${sample.kind}`);
    last = sample.name;
    const labels = Object.entries(sample.labels).map(
      ([k, v]) => `${k}="${v.replace(/[\\"\n]/g, (c) => (c === '\n' ? '\\n' : `\\${c}`))}"`,
    );
    lines.push(`${sample.name}${labels.length > 0 ? `{${labels.join(',')}}` : ''} ${sample.value}`);
  }
  return `${lines.join('\n')}\n`;
}
