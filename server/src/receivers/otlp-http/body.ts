import type { IncomingMessage } from 'node:http';
import { BodyBuffer, type BodyRoom } from '../body-buffer.ts';
import type { BodyWatch } from '../body-watch.ts';

/** The sender closed or reset the connection in the middle of its body; there is nobody to answer. */
export class SenderGone extends Error {
  override readonly name = 'SenderGone';
}

/** Reads the whole body. Rejects with a HanokError to be answered, or with SenderGone. Stops reading when it rejects. */
export function readBody(
  request: IncomingMessage,
  options: {
    readonly limit: number;
    readonly declared: number | undefined;
    readonly room: BodyRoom;
    readonly watch: BodyWatch;
  },
): Promise<Uint8Array<ArrayBuffer>> {
  return new Promise((resolve, reject) => {
    const body = new BodyBuffer(options.limit, options.declared, options.room);
    const arrival = options.watch.begin((error) => stop(error));
    const stop = (error: Error) => {
      arrival.end();
      request.off('data', onData).off('end', onEnd).off('close', onClose);
      request.pause();
      reject(error);
    };
    const onData = (chunk: Buffer) => {
      arrival.add(chunk.length);
      try {
        body.push(chunk);
      } catch (error) {
        stop(error instanceof Error ? error : new Error(String(error)));
      }
    };
    const onEnd = () => {
      arrival.end();
      request.off('close', onClose);
      if (request.complete) resolve(body.take());
      else reject(new SenderGone());
    };
    const onClose = () => stop(new SenderGone());
    request.on('data', onData).on('end', onEnd).on('close', onClose);
  });
}
