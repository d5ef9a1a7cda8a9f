/**
 * Loaded before the program (`node --import`): its fdatasync answers at once and does nothing, so that records are
 * acknowledged from memory. There is no setting for that on purpose; the bench that needs it as the other side does it
 * from outside, and the program stays the same to the last line.
 */
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

fs.fdatasync = (_descriptor, done) => setImmediate(done, null);
syncBuiltinESMExports();
