/** The outcomes by kind of fault: the worst of each figure. */
import type { Outcome } from './round.ts';

const COLUMNS = [
  ['fault', 36],
  ['times', 5],
  ['first 503', 9],
  ['replaced', 9],
  ['back', 7],
  ['slowest', 8],
  ['ack p99', 8],
  ['slowest', 8],
  ['others', 8],
  ['tail gap', 8],
  ['broken', 6],
] as const;

export function printOutcomes(outcomes: readonly Outcome[], goals: { replacedMs: number; backMs: number }): void {
  console.log(`\nworst of each, in ms; goals: wedged replaced ${goals.replacedMs}, back ${goals.backMs}`);
  print(COLUMNS.map(([name]) => name));
  for (const name of [...new Set(outcomes.map((one) => one.fault))].sort()) {
    const those = outcomes.filter((one) => one.fault === name);
    const worst = (of: (one: Outcome) => number | undefined) => {
      const known = those.map(of).filter((one) => one !== undefined);
      return known.length === 0 ? '-' : String(Math.round(Math.max(...known)));
    };
    print([
      name,
      String(those.length),
      worst((one) => one.first503),
      worst((one) => one.replacedAfter),
      worst((one) => one.backAfter),
      worst((one) => one.slowestAnswer),
      worst((one) => one.ackP99),
      worst((one) => one.slowestAck),
      worst((one) => one.othersSlowest),
      worst((one) => one.tailGap),
      String(those.filter((one) => one.broken.length > 0).length),
    ]);
  }
  console.log('');
}

function print(cells: readonly string[]): void {
  console.log(COLUMNS.map(([, width], i) => (i === 0 ? cells[i]!.padEnd(width) : cells[i]!.padStart(width))).join(' '));
}
