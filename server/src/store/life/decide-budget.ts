const MIB = 1024 ** 2;

/** Less is not enough for an insert and a question at once. */
export const LEAST_MEMORY = 256 * MIB;
/** Beyond that many processes the machine has other limits. */
const MOST_ENGINES = 64;

export interface BudgetSettings {
  /** Bytes that engines of silos may use together; 0: half of the machine's. */
  readonly enginesMemory: number;
  /** How many may be awake; 0: as many as that memory is enough for. */
  readonly enginesAwake: number;
  /** Most that one may use. */
  readonly engineMemory: number;
}

export interface Budget {
  readonly most: number;
  readonly memory: number;
  readonly largest: number;
}

/** What all engines of silos have together. */
export function decideBudget(settings: BudgetSettings, machineMemory: number): Budget {
  const memory = Math.max(settings.enginesMemory || Math.floor(machineMemory / 2), LEAST_MEMORY);
  const fitting = Math.max(1, Math.floor(memory / LEAST_MEMORY));
  const most = settings.enginesAwake === 0 ? Math.min(fitting, MOST_ENGINES) : settings.enginesAwake;
  return { most: Math.min(most, fitting), memory, largest: settings.engineMemory };
}

/** What one engine gets when so many silos may want to be awake: those there are share what there is. */
export function decideShare({ most, memory, largest }: Budget, silos: number): number {
  const share = Math.floor(memory / Math.min(most, Math.max(1, silos)));
  return Math.min(largest, Math.max(LEAST_MEMORY, share));
}
