import { createServer as createHttp } from 'node:http';
import { createServer as createHttp2 } from 'node:http2';
import type { AddressInfo } from 'node:net';
import * as grpc from '@grpc/grpc-js';
import type { TenantId } from '@hanok/contract';
import { Meter, readConfig, silentLog, standaloneConnections, systemClock } from '../../server/src/base/index.ts';
import { RECEIVERS_CONFIG } from '../../server/src/receivers/config.ts';
import { openFrontEnds } from '../../server/src/receivers/open.ts';
import { DECODED_NOTHING } from './decoded-nothing.ts';

/**
 * The serving process of bench/grpc.ts. All contenders take a whole body and answer it empty; none decodes, so that what
 * differs is the front end. `argv[2]` names the contender. Talks over the parent's channel: sends `{port}`, answers `cpu`.
 */
const PATH = '/opentelemetry.proto.collector.logs.v1.LogsService/Export';

const contenders: Readonly<Record<string, () => Promise<number>>> = {
  'hanok-grpc': async () => (await openHanok()).grpcPort,
  'hanok-http': async () => (await openHanok()).httpPort,
  'grpc-js': () => {
    const server = new grpc.Server();
    const bytes = {
      requestSerialize: keep,
      requestDeserialize: keep,
      responseSerialize: keep,
      responseDeserialize: keep,
    };
    const method = { path: PATH, requestStream: false, responseStream: false, ...bytes };
    server.addService(
      { Export: method },
      {
        Export: (_call: unknown, callback: grpc.sendUnaryData<Buffer>) => callback(null, Buffer.alloc(0)),
      },
    );
    return new Promise((resolve, reject) =>
      server.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), (error, port) =>
        error ? reject(error) : resolve(port),
      ),
    );
  },
  'bare-http2': () => {
    const server = createHttp2();
    server.on('stream', (stream) => {
      stream.on('data', () => {});
      stream.on('end', () => {
        stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
        stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': 0 }));
        stream.end(Buffer.alloc(5));
      });
    });
    return listening(server);
  },
  'bare-http': () =>
    listening(
      createHttp((request, response) => {
        request.on('data', () => {});
        request.on('end', () => {
          response.writeHead(200, { 'content-type': 'application/x-protobuf', 'content-length': 0 });
          response.end();
        });
      }),
    ),
};

function keep(value: Buffer): Buffer {
  return value;
}

async function openHanok() {
  const caller = { tenant: 'bench' as TenantId, actor: { kind: 'key', id: 'bench' } } as const;
  const open = { open: true } as const;
  const meter = new Meter();
  return openFrontEnds(
    { ...readConfig({ receivers: RECEIVERS_CONFIG }, {}).receivers, httpPort: 0, grpcPort: 0, decodeThreads: 0 },
    {
      bind: '127.0.0.1',
      clock: systemClock,
      log: silentLog,
      meter,
      connections: standaloneConnections({ clock: systemClock, meter, log: silentLog }),
      authorize: (header) => {
        if (header('authorization') !== 'Bearer bench') throw new Error('wrong key');
        return { ok: true, caller, retentionDays: { logs: 1, traces: 1, metrics: 1 } };
      },
      sinkFor: () => ({ epoch: '', canAccept: () => open, append: async () => 1n }),
      spend: () => open,
      settle: () => undefined,
      report: () => {},
    },
    {
      threadModule: new URL('../../server/src/receivers/workers/thread.ts', import.meta.url),
      threadData: undefined,
      inline: { decode: () => DECODED_NOTHING, confirm: () => {} },
    },
  );
}

function listening(server: ReturnType<typeof createHttp> | ReturnType<typeof createHttp2>): Promise<number> {
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port)));
}

const open = contenders[process.argv[2] ?? ''];
if (!open) throw new Error(`no contender called ${process.argv[2]}`);
const port = await open();
process.on('message', () => process.send?.({ cpu: process.cpuUsage() }));
process.on('disconnect', () => process.exit());
process.send?.({ port });
