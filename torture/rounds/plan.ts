/** Everything that `kill-points.ts` can tell apart, in the order in which one batch passes them. */
export const PLACES = [
  'append: before the write',
  'append: written, not synced',
  'append: synced, not answered',
  'rotation: before the rename',
  'rotation: renamed, directory not synced',
  'begin: before the write',
  'begin: written, not synced',
  'begin: synced, nothing inserted',
  'insert: before it is sent',
  'insert: under way',
  'insert: answered, another table to come',
  'insert: a table answered',
  'dead letter: before the rename',
  'dead letter: renamed, not committed',
  'insert to cursor: all answered, commit not written',
  'insert to cursor: commit not synced',
  'commit: synced',
  'trim: before the unlink',
  'trim: unlinked',
] as const;
export type Place = (typeof PLACES)[number];

export type Victim = 'main' | 'engine' | 'both';

export interface KillPlan {
  readonly place: Place;
  /** 1: the first time it comes by. */
  readonly pass: number;
  readonly victim: Victim;
}

/** Is there once the program has looked at the plan file. */
export const readMark = (planFile: string): string => `${planFile}.read`;
