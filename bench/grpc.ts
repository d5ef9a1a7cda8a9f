/**
 * Requests per CPU second of the serving process, our front ends beside @grpc/grpc-js and bare node:http2 and node:http.
 *
 * `npm run bench -- grpc [--bytes 65536] [--requests 6000] [--runs 5] [--node-flags "--flag --flag"]`; small:
 * `--requests 500 --runs 1`. Every contender takes a whole body of 64 KB and answers it empty; the same client loads all,
 * in turns, in one run. All contenders run with the server's own V8 flags unless others are given ("" for none). Before
 * that a stock grpc-js client asks our server and grpc-js's the same, and their answers must be equal.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { NODE_FLAGS } from '../scripts/node-flags.mjs';
import { median, printTable } from './ingest/numbers.ts';
import { compareAnswers } from './ingest-servers/judge.ts';
import { loadGrpc, loadHttp } from './ingest-servers/load.ts';

const argument = (name: string, fallback: number) => {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? fallback : Number(process.argv[at + 1]);
};
const bytes = argument('bytes', 65_536);
const requests = argument('requests', 6_000);
const runs = argument('runs', 5);
const flagsAt = process.argv.indexOf('--node-flags');
const nodeFlags =
  flagsAt < 0 ? [...NODE_FLAGS] : (process.argv[flagsAt + 1] ?? '').split(' ').filter((flag) => flag !== '');
const concurrency = argument('concurrency', 16);

const NAMES = ['hanok-grpc', 'grpc-js', 'bare-http2', 'hanok-http', 'bare-http'] as const;
type Name = (typeof NAMES)[number];

async function cpuSeconds(child: ChildProcess): Promise<number> {
  child.send('cpu');
  const [{ cpu }] = await once(child, 'message');
  return (cpu.user + cpu.system) / 1e6;
}

const servers = new Map<Name, { readonly child: ChildProcess; readonly port: number }>();
for (const name of NAMES) {
  const child = fork(new URL('./ingest-servers/server.ts', import.meta.url), [name], { execArgv: nodeFlags });
  child.once('exit', (code) => code && process.exit(code));
  const [{ port }] = await once(child, 'message');
  servers.set(name, { child, port });
}
const compared = await compareAnswers(servers.get('hanok-grpc')!.port, servers.get('grpc-js')!.port);
const rates = new Map<Name, number[]>(NAMES.map((name) => [name, []]));
for (let run = 0; run <= runs; run++)
  for (const name of NAMES) {
    const { child, port } = servers.get(name)!;
    const before = await cpuSeconds(child);
    await (name.endsWith('http') ? loadHttp : loadGrpc)({ port, requests, bytes, concurrency });
    // The first round warms up.
    if (run > 0) rates.get(name)!.push(requests / ((await cpuSeconds(child)) - before));
  }
for (const { child } of servers.values()) child.disconnect();

const ratio = (of: Name, to: Name) => median(rates.get(of)!.map((rate, i) => rate / rates.get(to)![i]!));
const GOALS = { grpcToGrpcJs: 2, httpToBareHttp: 0.9 } as const;
const ratios = {
  grpcToGrpcJs: Number(ratio('hanok-grpc', 'grpc-js').toFixed(2)),
  grpcToBareHttp2: Number(ratio('hanok-grpc', 'bare-http2').toFixed(2)),
  httpToBareHttp: Number(ratio('hanok-http', 'bare-http').toFixed(2)),
};
console.log(`${compared} answers to a stock grpc-js client compared with those of a grpc-js server: equal`);
console.log(`${bytes} bytes a request, ${requests} requests a run, median of ${runs}\n`);
printTable(
  ['', 'requests per CPU second', 'ratio', 'to', 'goal'],
  NAMES.map((name) => [
    name,
    Math.round(median(rates.get(name)!)).toLocaleString('en'),
    ...(name === 'hanok-grpc'
      ? [ratios.grpcToGrpcJs.toFixed(2), 'grpc-js', `>= ${GOALS.grpcToGrpcJs}`]
      : name === 'hanok-http'
        ? [ratios.httpToBareHttp.toFixed(2), 'bare-http', `>= ${GOALS.httpToBareHttp}`]
        : ['', '', '']),
  ]),
);
console.log(
  `\n${JSON.stringify({
    bench: 'grpc',
    bytes,
    requests,
    runs,
    nodeFlags,
    answersCompared: compared,
    requestsPerCpuSecond: Object.fromEntries(NAMES.map((name) => [name, Math.round(median(rates.get(name)!))])),
    ...ratios,
    goals: GOALS,
  })}`,
);
