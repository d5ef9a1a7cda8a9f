/** What a torture asks an engine itself, past the program: through its private socket, as its owner may. */
import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { ENGINE_SOCKET } from './reroute.ts';

/** The answer's text; rejects when there is none, or an exception, within the time. */
export function askEngine(engineDir: string, path: string, sql: string, withinMs: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const asking = request(
      {
        socketPath: join(engineDir, ENGINE_SOCKET),
        method: sql === '' ? 'GET' : 'POST',
        path,
        agent: false,
        signal: AbortSignal.timeout(withinMs),
      },
      (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.on('error', reject);
        answer.on('end', () => {
          const text = Buffer.concat(chunks).toString('utf8');
          if (answer.statusCode === 200) resolve(text);
          else reject(new Error(text.slice(0, 300)));
        });
      },
    );
    asking.on('error', reject);
    asking.end(sql);
  });
}

export function isAnswering(engineDir: string): Promise<boolean> {
  return askEngine(engineDir, '/ping', '', 300).then(
    (text) => text === 'Ok.\n',
    () => false,
  );
}

/** How often each number is there. */
export async function countRecords(engineDir: string, tenant: string, service: string): Promise<Map<number, number>> {
  const sql = `SELECT attributes['n'], count() FROM hanok.logs WHERE tenant = '${tenant}' AND service_name = '${service}'
    AND endsWith(substring(body, 1, position(body, '${tenant}') + ${tenant.length} - 1), ' of ${tenant}') GROUP BY 1`;
  const text = await askEngine(engineDir, '/?default_format=TabSeparated&wait_end_of_query=1', sql, 120_000);
  const counts = new Map<number, number>();
  for (const line of text.split('\n')) {
    const [n, times] = line.split('\t');
    if (times !== undefined) counts.set(Number(n), Number(times));
  }
  return counts;
}

/** Process id of the engine in `engineDir` among the children of `parent`. */
export function enginePid(parent: number, engineDir: string): number | undefined {
  try {
    const children = readFileSync(`/proc/${parent}/task/${parent}/children`, 'utf8').split(' ');
    return children.map(Number).find((pid) => pid > 0 && commandOf(pid).includes(`"${engineDir}"`));
  } catch {
    return undefined;
  }
}

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}
