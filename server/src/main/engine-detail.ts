import type { EngineState } from '#store';

/** What /health/ready says of an engine. One that answers is of no use before its tables are made or brought up to date. */
export function engineDetail(engine: EngineState, ready: boolean): string {
  if (engine.state === 'ready') return ready ? engine.state : 'its tables are being prepared';
  if (engine.state === 'waiting')
    return 'asleep; it is needed and waits for its turn, because as many as may be are awake';
  if (engine.state === 'asleep' && ready) return engine.state;
  return engine.lastError === undefined ? engine.state : `${engine.state}; before: ${engine.lastError}`;
}
