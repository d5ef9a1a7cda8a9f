import { openDouble } from './double.ts';
import { serveDecoding } from './serve.ts';

serveDecoding(openDouble());
