import { mean, quantile } from '../traffic/figures.ts';
import type { AskedOnce } from '../traffic/queries.ts';
import type { Sample } from './probe.ts';

/** What was seen in some ten seconds. */
export interface Slice {
  /** Minutes since the load began. */
  readonly minute: number;
  readonly sample: Sample;
  /** Milliseconds from due to acknowledged. */
  readonly acks: readonly number[];
  readonly asked: readonly AskedOnce[];
  readonly tailMs: readonly number[];
  readonly tailRows: number;
  readonly records: number;
  readonly cpuSeconds: number;
  readonly seconds: number;
}

export interface Window {
  readonly name: string;
  readonly recordsPerSecond: number;
  readonly ackP50: number;
  readonly ackP99: number;
  readonly queryP50: number;
  readonly queryP95: number;
  readonly tailP99: number;
  readonly pssMiB: number;
  readonly anonymousMiB: number;
  readonly handles: number;
  readonly partsMost: number;
  readonly journalMiB: number;
  readonly lagMs: number;
  readonly cores: number;
  readonly kinds: Readonly<Record<string, number>>;
}

export const totalOf = (sample: Sample, what: 'pssMiB' | 'anonymousMiB' | 'handles'): number =>
  Object.values(sample.processes).reduce((sum, one) => sum + one[what], 0);

/** Slices from minute `from` to before `to`. */
export function windowOf(name: string, slices: readonly Slice[], from: number, to: number): Window {
  const within = slices.filter(({ minute }) => minute >= from && minute < to);
  const acks = within.flatMap((one) => one.acks);
  const asked = within.flatMap((one) => one.asked).filter(({ status }) => status === 200);
  const tail = within.flatMap((one) => one.tailMs);
  const seconds = within.reduce((sum, one) => sum + one.seconds, 0);
  const kinds = [...new Set(asked.map(({ kind }) => kind))].sort();
  return {
    name,
    recordsPerSecond: within.reduce((sum, one) => sum + one.records, 0) / seconds,
    ackP50: quantile(acks, 0.5),
    ackP99: quantile(acks, 0.99),
    queryP50: quantile(
      asked.map(({ ms }) => ms),
      0.5,
    ),
    queryP95: quantile(
      asked.map(({ ms }) => ms),
      0.95,
    ),
    tailP99: quantile(tail, 0.99),
    pssMiB: mean(within.map(({ sample }) => totalOf(sample, 'pssMiB'))),
    anonymousMiB: mean(within.map(({ sample }) => totalOf(sample, 'anonymousMiB'))),
    handles: Math.max(...within.map(({ sample }) => totalOf(sample, 'handles'))),
    partsMost: Math.max(...within.map(({ sample }) => sample.partsMost)),
    journalMiB: Math.max(...within.map(({ sample }) => sample.journalMiB)),
    lagMs: Math.max(...within.map(({ sample }) => sample.lagMs)),
    cores: within.reduce((sum, one) => sum + one.cpuSeconds, 0) / seconds,
    kinds: Object.fromEntries(
      kinds.map((kind) => [
        kind,
        quantile(
          asked.filter((one) => one.kind === kind).map(({ ms }) => ms),
          0.95,
        ),
      ]),
    ),
  };
}

/** In percent, of means over the slices in two stretches of minutes: what the second has more than the first. */
export function growth(
  slices: readonly Slice[],
  first: readonly [number, number],
  second: readonly [number, number],
  of: (sample: Sample) => number,
): number {
  const over = ([from, to]: readonly [number, number]) =>
    mean(slices.filter(({ minute }) => minute >= from && minute < to).map(({ sample }) => of(sample)));
  return (over(second) / over(first) - 1) * 100;
}
