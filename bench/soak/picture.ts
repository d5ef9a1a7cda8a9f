import { quantile } from '../traffic/figures.ts';
import { type Slice, totalOf } from './windows.ts';

const WIDTH = 900;
const PANEL = 150;
const LEFT = 70;

interface Curve {
  readonly name: string;
  readonly of: (slice: Slice) => number;
}

const COLOURS = ['#2563eb', '#d97706', '#059669', '#be185d'];

/** Memory, latencies and parts over the whole run, one below the other. */
export function picture(slices: readonly Slice[]): string {
  const names = Object.keys(slices.at(-1)?.sample.processes ?? {});
  const panels: readonly (readonly [string, readonly Curve[]])[] = [
    [
      'PSS, MiB',
      [
        { name: 'all', of: ({ sample }) => totalOf(sample, 'pssMiB') },
        ...names.map((name): Curve => ({ name, of: ({ sample }) => sample.processes[name]?.pssMiB ?? Number.NaN })),
      ],
    ],
    ['acknowledgement p99, ms', [{ name: 'p99', of: ({ acks }) => quantile(acks, 0.99) }]],
    [
      'query p95, ms',
      [
        {
          name: 'p95',
          of: ({ asked }) =>
            quantile(
              asked.map((one) => one.ms),
              0.95,
            ),
        },
      ],
    ],
    ['active parts of the fullest partition', [{ name: 'parts', of: ({ sample }) => sample.partsMost }]],
    ['journal, MiB', [{ name: 'bytes', of: ({ sample }) => sample.journalMiB }]],
  ];
  const minutes = slices.at(-1)?.minute ?? 1;
  const drawn = panels.map(([title, curves], panel) => {
    const top = panel * (PANEL + 40) + 30;
    const most = Math.max(1, ...curves.flatMap(({ of }) => slices.map(of)).filter(Number.isFinite));
    const lines = curves.map(({ name, of }, i) => {
      const points = slices
        .map((slice) => [slice.minute, of(slice)] as const)
        .filter(([, value]) => Number.isFinite(value))
        .map(
          ([minute, value]) =>
            `${(LEFT + (minute / minutes) * (WIDTH - LEFT - 20)).toFixed(1)},${(top + PANEL * (1 - value / most)).toFixed(1)}`,
        );
      const colour = COLOURS[i % COLOURS.length]!;
      return `<polyline points="${points.join(' ')}" fill="none" stroke="${colour}"/><text x="${LEFT + 260 + i * 140}" y="${top - 8}" fill="${colour}">${name}</text>`;
    });
    return `<text x="${LEFT}" y="${top - 8}">${title}</text><text x="4" y="${top + 10}">${most.toFixed(0)}</text><text x="4" y="${top + PANEL}">0</text><path d="M${LEFT} ${top}V${top + PANEL}H${WIDTH - 20}" fill="none" stroke="#999"/>${lines.join('')}`;
  });
  const height = panels.length * (PANEL + 40) + 30;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" font-family="sans-serif" font-size="13"><title>A soak over time: memory, latencies, parts</title><rect width="100%" height="100%" fill="#fff"/>${drawn.join('')}<text x="${LEFT}" y="${height - 8}">0 to ${minutes.toFixed(0)} minutes</text></svg>\n`;
}
