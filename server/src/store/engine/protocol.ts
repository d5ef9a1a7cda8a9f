/** What supervisor and engine process say to each other besides HTTP. */

/** The engine's one command line argument, as JSON. */
export interface EngineArguments {
  readonly dir: string;
  /** Path of the Unix socket to listen on, in a directory that only the owner may enter. */
  readonly socketPath: string;
  readonly querySessions: number;
  readonly memoryLimit: number;
}

/** Sent over the IPC channel once requests are answered. */
export interface EngineReady {
  readonly type: 'ready';
}

export function isEngineReady(message: unknown): message is EngineReady {
  return typeof message === 'object' && message !== null && 'type' in message && message.type === 'ready';
}

/** Sent to an engine that shall end in order: statements are killed, tables closed. */
export interface EngineClose {
  readonly type: 'close';
}

export function isEngineClose(message: unknown): message is EngineClose {
  return typeof message === 'object' && message !== null && 'type' in message && message.type === 'close';
}

/**
 * Our one addition to the HTTP interface: an insert's data lies in this file of the engine's spool directory, where
 * its sender wrote it, instead of in the body. Saves sending it through a socket and writing it down again, a fifth
 * of an insert's cost. The engine removes the file.
 */
export const BODY_FILE = 'hanok_body_file';

/**
 * Our other addition: `/ping?hanok_statements` is answered as a ping is, followed by a line with a JSON array of the ids of
 * all statements that have come in and whose answers have not gone out. Whoever waits for one that is not among them
 * waits for nothing.
 */
export const STATEMENTS = 'hanok_statements';
