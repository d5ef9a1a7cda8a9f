import { execFile } from 'node:child_process';
import { closeSync, constants, openSync, rmSync } from 'node:fs';
import { Socket } from 'node:net';
import { promisify } from 'node:util';

/**
 * A named pipe through which the engine writes a result while we read it: the engine's thread waits when the reader
 * is slow, so a result of any size passes in constant memory, in any format, complete with head and foot. chDB's own
 * streaming call starts queries on the event loop (a scalar sub-query of one second stops the whole process for one
 * second) and repeats the format's head with every chunk.
 */
export class ResultPipe {
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  static async make(path: string): Promise<ResultPipe> {
    rmSync(path, { force: true });
    await promisify(execFile)('mkfifo', ['-m', '600', path]);
    return new ResultPipe(path);
  }

  /**
   * The reading end, and `finish` to be called when the writer is done: only then does the reader see the end. Bytes
   * left over by an earlier reader are gone, because a pipe nobody holds open is empty.
   */
  open(): { readonly reader: Socket; readonly finish: () => void } {
    const reading = openSync(this.path, constants.O_RDONLY | constants.O_NONBLOCK);
    const keeper = openSync(this.path, constants.O_WRONLY | constants.O_NONBLOCK);
    let open = true;
    return {
      reader: new Socket({ fd: reading, readable: true, writable: false }),
      finish: () => {
        if (open) closeSync(keeper);
        open = false;
      },
    };
  }
}
