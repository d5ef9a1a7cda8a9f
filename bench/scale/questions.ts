/** The questions screens ask, put to a tenant through the API: latency and what was read for it. */
import type { Instance } from '../../e2e/instance.ts';

export interface Answer {
  readonly question: string;
  readonly ms: number;
  readonly rowsRead: number;
  readonly mbRead: number;
}

interface WithStats {
  readonly stats: { readonly rowsRead?: number; readonly bytesRead?: number };
}

const RUNS = 5;

/** Medians of five, the first (cold caches) included. */
export async function askAll(
  instance: Instance,
  who: { readonly email: string; readonly password: string },
  days: number,
): Promise<Answer[]> {
  const token = await instance.login(who);
  const range = (back: string) => ({ from: `now-${back}`, to: 'now' });
  const all = `${days + 1}d`;
  const query = new URLSearchParams(range('1d')).toString();
  const questions: ReadonlyArray<readonly [string, string, string, unknown]> = [
    ['newest 50 logs, 1 day', 'POST', '/api/v1/logs/search', { ...range('1d'), limit: 50 }],
    ['word in logs, all days', 'POST', '/api/v1/logs/search', { ...range(all), query: 'declined', limit: 50 }],
    ['log histogram, all days', 'POST', '/api/v1/logs/histogram', range(all)],
    ['newest 50 spans, 1 day', 'POST', '/api/v1/traces/search', { ...range('1d'), limit: 50 }],
    ['services, 1 day', 'GET', `/api/v1/services?${query}`, undefined],
    ['services, all days', 'GET', `/api/v1/services?${new URLSearchParams(range(all))}`, undefined],
    ['list of metrics, 1 day', 'GET', `/api/v1/metrics?${query}`, undefined],
    ['one metric, all days', 'POST', '/api/v1/metrics/query', { ...range(all), metric: 'runtime.pool_3.usage' }],
  ];
  const answers: Answer[] = [];
  for (const [question, method, path, body] of questions) {
    const times: number[] = [];
    let last: WithStats | undefined;
    for (let run = 0; run < RUNS; run++) {
      const began = performance.now();
      last = await instance.api<WithStats>(token, method, path, body);
      times.push(performance.now() - began);
    }
    times.sort((a, b) => a - b);
    answers.push({
      question,
      ms: times[RUNS >> 1]!,
      rowsRead: last!.stats.rowsRead ?? 0,
      mbRead: (last!.stats.bytesRead ?? 0) / 1e6,
    });
  }
  return answers;
}

/** Median of `runs` in milliseconds. */
export async function timed(runs: number, work: () => Promise<unknown>): Promise<number> {
  const times: number[] = [];
  for (let run = 0; run < runs; run++) {
    const began = performance.now();
    await work();
    times.push(performance.now() - began);
  }
  return times.sort((a, b) => a - b)[runs >> 1]!;
}
