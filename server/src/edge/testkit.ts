/**
 * The isolation suite's engine. `attackAll(openApiDocument, world)` attacks every route of a running Hanok as another
 * tenant, a lower role and nobody, and lists what went wrong; a route it cannot attack is listed as well.
 */
export { type Attack, generateAttacks, type Identifier, type Targets, TOKEN_PERMISSION } from './testkit/attacks.ts';
export { type EdgeInstance, openEdgeInstance } from './testkit/instance.ts';
export { attackAll, type Outcome, type Whose, type World } from './testkit/isolation-attack.ts';
export { GUESSING_EXEMPT, SIGN_IN_SAMPLES } from './testkit/sign-in-world.ts';
export { type Operation, surfaceOf } from './testkit/surface.ts';
export { type TimingOutcome, timeAll } from './testkit/timing-attack.ts';
