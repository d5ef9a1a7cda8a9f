import { execFile } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { readRecording } from './recording.ts';
import { FATES, States } from './states.ts';
import { recorder } from './system-calls.ts';

const PROGRAM = join(import.meta.dirname, 'plain-engine.ts');
const run = promisify(execFile);

export interface ControlResult {
  readonly states: number;
  /** Blocks that were answered for and are not there, over all states. */
  readonly lost: number;
  readonly statesWithLoss: number;
  readonly unopened: number;
}

/** The same recording, cuts and losses over an engine with default settings: what does the harness see there? */
export async function controlRun(
  work: string,
  states: number,
  blocks: number,
  random: () => number,
): Promise<ControlResult> {
  const directory = join(work, 'control');
  const trace = join(work, 'control.trace');
  mkdirSync(directory);
  const [program, ...before] = [...recorder(trace), process.execPath];
  await run(program!, [...before, PROGRAM, 'write', directory, String(blocks)]).catch((error: { signal?: string }) => {
    if (error.signal !== 'SIGKILL') throw error;
  });
  const recording = await readRecording(trace, directory);
  if (recording.marks.length < blocks)
    throw new Error(`only ${recording.marks.length} answers of the control were recorded`);
  const result = { states: 0, lost: 0, statesWithLoss: 0, unopened: 0 };
  const builder = new States(recording, random);
  // Cuts after the first answers, so that there is something to lose.
  const from = recording.marks[Math.floor(blocks / 4)]!.at;
  const cuts = Array.from({ length: states }, () => from + Math.floor(random() * (recording.moments - from))).sort(
    (a, b) => a - b,
  );
  for (const [index, at] of cuts.entries()) {
    const state = join(work, 'control-state');
    rmSync(state, { recursive: true, force: true });
    builder.build(at, FATES[index % FATES.length]!(random), state);
    const due = recording.marks
      .filter((mark) => mark.at < at)
      .map((mark) => Number(mark.text.slice(4)))
      .filter((n) => n > 0);
    const found = await run(process.execPath, [PROGRAM, 'read', state], { timeout: 60_000 }).then(
      ({ stdout }) => new Set(/^blocks(.*)$/m.exec(stdout)?.[1]?.trim().split(' ').map(Number) ?? []),
      () => undefined,
    );
    const lost = found ? due.filter((n) => !found.has(n)).length : due.length;
    result.states++;
    result.lost += lost;
    if (lost > 0) result.statesWithLoss++;
    if (!found) result.unopened++;
  }
  return result;
}
