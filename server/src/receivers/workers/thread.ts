import { workerData } from 'node:worker_threads';
import { openOtlpDecoder } from '../otlp/index.ts';
import { serveDecoding } from './serve.ts';

/** Entry of a decode thread; the pool passes the decoder's settings. */
serveDecoding(openOtlpDecoder(workerData));
