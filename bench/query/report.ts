/** The table with goals and verdicts, and the JSON line. */
import type { Figures } from './measure.ts';

export const GOAL_RATIO = 1.15;
/** Share of the scan's time. */
export const GOAL_SCAN = 0.1;

const ms = (value: number) => value.toFixed(value < 10 ? 2 : 1);
const verdict = (met: boolean) => (met ? 'met' : 'MISSED');

export function print(
  found: readonly Figures[],
  run: {
    readonly spans: number;
    readonly logs: number;
    readonly n: number;
    readonly parts: string;
    readonly database: string;
  },
): void {
  console.log(
    `\n${run.spans.toLocaleString('en')} spans, ${run.logs.toLocaleString('en')} logs (parts: ${run.parts}); median of ${run.n}, milliseconds\n`,
  );
  console.log(
    `${'question'.padEnd(28)}${'API'.padStart(9)}${'p95'.padStart(9)}${'bare SQL'.padStart(10)}${'p95'.padStart(9)}${'ratio'.padStart(8)}${'CPU API'.padStart(9)}${'CPU bare'.padStart(9)}${'rows'.padStart(7)}${'kB API'.padStart(8)}${'kB bare'.padStart(8)}  goals`,
  );
  for (const one of found) {
    const goals = [`ratio ${GOAL_RATIO} ${verdict(one.ratio <= GOAL_RATIO)}`];
    if (one.goalMs !== undefined) goals.push(`${one.goalMs} ms ${verdict(one.api.median <= one.goalMs)}`);
    if (one.scan)
      goals.push(
        `a tenth of the scan's ${ms(one.scan.median)} ${verdict(one.api.median <= one.scan.median * GOAL_SCAN)} (${(one.api.median / one.scan.median).toFixed(3)})`,
      );
    if (one.note) goals.push(one.note);
    console.log(
      one.what.padEnd(28) +
        ms(one.api.median).padStart(9) +
        ms(one.api.p95).padStart(9) +
        ms(one.bare.median).padStart(10) +
        ms(one.bare.p95).padStart(9) +
        one.ratio.toFixed(2).padStart(8) +
        ms(one.api.cpu).padStart(9) +
        ms(one.bare.cpu).padStart(9) +
        String(one.rows).padStart(7) +
        (one.api.bytes / 1e3).toFixed(1).padStart(8) +
        (one.bare.bytes / 1e3).toFixed(1).padStart(8) +
        `  ${goals.join('; ')}`,
    );
  }
  console.log(JSON.stringify({ bench: 'query', ...run, goals: { ratio: GOAL_RATIO, scan: GOAL_SCAN }, found }));
}
