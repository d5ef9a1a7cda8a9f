import { type Attack, generateAttacks } from './attacks.ts';
import { Sender, type World } from './isolation-attack.ts';
import { LOOKS, levelFor, rankTest } from './rank-test.ts';
import { surfaceOf } from './surface.ts';

export interface TimingOutcome {
  /** Pairs of questions whose times were compared. */
  readonly compared: number;
  /** Those that can be told apart by their times. */
  readonly problems: readonly string[];
  /** The pair that came nearest to it. */
  readonly nearest: { readonly name: string; readonly p: number };
}

/** Answered before it is counted, so that caches and connections are warm. */
const WARM_UPS = 3;

/**
 * Asks every route that reads a tenant's data for what only the victim has and for what nobody has, by turns, and compares
 * how long the answers took. See `levelFor` for how often that is wrong.
 */
export async function timeAll(document: unknown, world: World, pairs: number): Promise<TimingOutcome> {
  const { attacks } = generateAttacks(surfaceOf(document), world);
  const timed = attacks.filter((attack) => attack.timed && attack.twin);
  const level = levelFor(timed.length);
  const sender = new Sender(world);
  const problems: string[] = [];
  let nearest = { name: '', p: 1 };
  for (const attack of timed) {
    let direction = 0;
    let look = 0;
    const seen: string[] = [];
    for (; look < LOOKS; look++) {
      const { existing, missing } = await measure(sender, attack, pairs);
      const { z, p } = rankTest(existing, missing);
      const name = `${attack.operation.id}, ${attack.name}`;
      if (look === 0 && p < nearest.p) nearest = { name, p };
      seen.push(`${median(existing).toFixed(2)} and ${median(missing).toFixed(2)} ms, p = ${p.toExponential(1)}`);
      if (p >= level || (direction !== 0 && Math.sign(z) !== direction)) break;
      direction = Math.sign(z);
    }
    if (look === LOOKS) problems.push(`${attack.operation.id}, ${attack.name}: TIMING: ${seen.join('; ')}`);
  }
  return { compared: timed.length, problems, nearest };
}

async function measure(sender: Sender, attack: Attack, pairs: number) {
  const existing: number[] = [];
  const missing: number[] = [];
  const once = async (shot: Attack['shot'], into: number[]) => {
    const began = performance.now();
    await sender.send(attack, shot);
    into.push(performance.now() - began);
  };
  for (let i = 0; i < WARM_UPS; i++) {
    await once(attack.shot, []);
    await once(attack.twin!, []);
  }
  for (let i = 0; i < pairs; i++) {
    // Whichever goes first may find things warmer or colder.
    const order = i % 2 === 0 ? ([existing, missing] as const) : ([missing, existing] as const);
    for (const into of order) await once(into === existing ? attack.shot : attack.twin!, into);
  }
  return { existing, missing };
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0;
}
