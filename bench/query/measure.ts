/** Asks one question on every side in turn. */
import { readFileSync } from 'node:fs';
import type { Answered, Api, ApiQuestion, Engine, Statement } from './clients.ts';

export interface Question {
  readonly what: string;
  /** Milliseconds through the API, where there is a goal. */
  readonly goalMs?: number;
  /** `value` counts up; no two questions of a run get the same. */
  readonly api: (value: number) => ApiQuestion;
  readonly bare: (value: number) => Statement;
  /** The same question with the index left out. */
  readonly scan?: (value: number) => Statement;
  /** How many rows (spans, services, cells) an answer of the API shows. */
  readonly rows: (answer: never) => number;
  /** Answered within some 50 ms: fit to warm up with. */
  readonly quick?: boolean;
  /** Rows of the bare answer that the API does not show, such as the one that tells of a next page. */
  readonly spare?: number;
  /** The API makes one row of several of the bare answer. */
  readonly gathered?: boolean;
}

export interface Side {
  readonly median: number;
  readonly p95: number;
  readonly bytes: number;
  /** CPU milliseconds per question, of the main process and the engines together. */
  readonly cpu: number;
}

export interface Figures {
  readonly what: string;
  readonly goalMs: number | undefined;
  readonly rows: number;
  readonly api: Side;
  readonly bare: Side;
  /** Median of the API over median of the bare SQL. */
  readonly ratio: number;
  readonly scan: Side | undefined;
  readonly note: string;
}

const quantile = (values: readonly number[], q: number) =>
  values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * q))]!;
const sideOf = ({ times, bytes, cpu }: Tally): Side => ({
  median: quantile(times, 0.5),
  p95: quantile(times, 0.95),
  bytes,
  cpu: cpu / times.length,
});

interface Tally {
  readonly times: number[];
  bytes: number;
  cpu: number;
}

const MS_PER_TICK = 10;
/** CPU time of all their threads, those that have ended too. Whole ticks: right in the sum of many questions, not for one. */
const cpuOf = (pids: readonly number[]): number =>
  pids.reduce((sum, pid) => {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /, '')
      .split(' ');
    return sum + (Number(fields[11]) + Number(fields[12])) * MS_PER_TICK;
  }, 0);

const lines = (bytes: Buffer) =>
  bytes
    .toString()
    .split('\n')
    .filter((line) => line.startsWith('{')).length;
/** Scans of everything are slow and steady. */
const SCANS = 3;

export async function measure(
  question: Question,
  sides: { readonly api: Api; readonly engine: Engine; readonly pids: readonly number[] },
  n: number,
): Promise<Figures> {
  // The warm-up asks both sides the same, to see that they answer the same.
  const first = await sides.api(question.api(0));
  const firstBare = await sides.engine(question.bare(0));
  const rows = question.rows(JSON.parse(first.bytes.toString()) as never);
  const bareRows = Math.max(0, lines(firstBare.bytes) - (question.spare ?? 0));
  const note =
    question.gathered || rows === bareRows || lines(firstBare.bytes) === rows
      ? ''
      : `rows differ: ${rows} and ${bareRows}`;
  const [api, bare, scan] = [0, 1, 2].map((): Tally => ({ times: [], bytes: 0, cpu: 0 })) as [Tally, Tally, Tally];
  const ask = async (tally: Tally, answer: () => Promise<Answered>) => {
    const before = cpuOf(sides.pids);
    const { ms, bytes } = await answer();
    tally.times.push(ms);
    tally.bytes = bytes.length;
    tally.cpu += cpuOf(sides.pids) - before;
  };
  const { scan: scanOf } = question;
  for (let round = 1; round <= n; round++) {
    const both = [
      () => ask(api, () => sides.api(question.api(2 * round))),
      () => ask(bare, () => sides.engine(question.bare(2 * round + 1))),
    ];
    for (const one of round % 2 === 0 ? both : both.reverse()) await one();
    if (scanOf && round <= SCANS) await ask(scan, () => sides.engine(scanOf(2 * round)));
  }
  const [apiSide, bareSide] = [sideOf(api), sideOf(bare)];
  return {
    what: question.what,
    goalMs: question.goalMs,
    rows,
    api: apiSide,
    bare: bareSide,
    ratio: apiSide.median / bareSide.median,
    scan: scan.times.length > 0 ? sideOf(scan) : undefined,
    note,
  };
}
