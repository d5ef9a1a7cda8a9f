import { isMarkedAsUntransferable, parentPort, type Transferable } from 'node:worker_threads';
import { type Block, collectAtRest, keepCompiledCode, must } from '#base';
import { isReusable } from '../body-buffers.ts';
import type { Decoder } from './decoder.ts';
import { type Done, type FromThread, plainError, runJob, type ToThread } from './messages.ts';

/** A decode thread's main loop: one decoder, jobs one after the other. */
export function serveDecoding(decoder: Decoder): void {
  const port = parentPort;
  must(port, 'a decode thread has a parent');
  const send = (message: FromThread, transfer: readonly Transferable[] = []) => port.postMessage(message, transfer);
  port.on('message', (message: ToThread) => {
    if (message.kind === 'confirm') {
      decoder.confirm(message.token);
      return;
    }
    try {
      const done = runJob(decoder, message.job, message.maxInflated);
      const [sent, buffers] = movable(done);
      const { buffer: spent } = message.job.bytes;
      if (isReusable(spent)) send({ kind: 'done', id: message.id, done: sent, spent }, [...buffers, spent]);
      else send({ kind: 'done', id: message.id, done: sent }, buffers);
    } catch (error) {
      send({ kind: 'failed', id: message.id, error: plainError(error) });
    }
  });
  send({ kind: 'ready' });
  keepCompiledCode();
  collectAtRest();
}

/**
 * Blocks are moved, not copied, when they own their buffers. A block that is a small piece of a larger buffer is copied
 * out first, because moving would carry (and take away) the rest as well.
 */
function movable(done: Done): readonly [Done, ArrayBuffer[]] {
  if (!done.batch) return [done, []];
  const buffers = new Set<ArrayBuffer>();
  const blocks = done.batch.blocks.map((block): Block => {
    const { bytes } = block;
    const own =
      bytes.buffer instanceof ArrayBuffer &&
      bytes.byteLength * 2 >= bytes.buffer.byteLength &&
      !isMarkedAsUntransferable(bytes.buffer);
    const kept = own ? bytes : bytes.slice();
    if (kept.buffer instanceof ArrayBuffer) buffers.add(kept.buffer);
    return own ? block : { ...block, bytes: kept };
  });
  return [{ ...done, batch: { ...done.batch, blocks } }, [...buffers]];
}
