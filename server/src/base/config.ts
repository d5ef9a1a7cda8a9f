import { readFileSync } from 'node:fs';
import { errorCatalogue, failer } from './errors.ts';

/**
 * Configuration is data: every module declares its slice (`config.ts`), `main` joins them, reads environment and file
 * once, refuses what it does not know, and hands each module its own values. No module reads `process.env`.
 * `docs/configuration.md` is generated from the declarations.
 */
export type SettingKind = 'text' | 'integer' | 'number' | 'boolean' | 'bytes' | 'duration' | 'port' | 'choice';

export interface Setting<K extends SettingKind = SettingKind, V = unknown> {
  readonly kind: K;
  /** `HANOK_…`; the file's key is the same in lower case without the prefix. */
  readonly env: string;
  readonly default: V;
  /** What it does and why the default is what it is. */
  readonly why: string;
  readonly min?: number;
  readonly max?: number;
  readonly choices?: readonly string[];
  readonly secret?: boolean;
}

type Options = { readonly min?: number; readonly max?: number; readonly secret?: boolean };

export const setting = {
  text: (env: string, fallback: string, why: string, o: Options = {}): Setting<'text', string> => ({
    kind: 'text',
    env,
    default: fallback,
    why,
    ...o,
  }),
  integer: (env: string, fallback: number, why: string, o: Options = {}): Setting<'integer', number> => ({
    kind: 'integer',
    env,
    default: fallback,
    why,
    ...o,
  }),
  number: (env: string, fallback: number, why: string, o: Options = {}): Setting<'number', number> => ({
    kind: 'number',
    env,
    default: fallback,
    why,
    ...o,
  }),
  boolean: (env: string, fallback: boolean, why: string): Setting<'boolean', boolean> => ({
    kind: 'boolean',
    env,
    default: fallback,
    why,
  }),
  /** Written `16MiB`, `1GiB`, `512KiB` or plain bytes; the value is bytes. */
  bytes: (env: string, fallback: number, why: string, o: Options = {}): Setting<'bytes', number> => ({
    kind: 'bytes',
    env,
    default: fallback,
    why,
    ...o,
  }),
  /** Written `500ms`, `10s`, `5m`, `2h`, `7d`; the value is milliseconds. */
  duration: (env: string, fallback: number, why: string, o: Options = {}): Setting<'duration', number> => ({
    kind: 'duration',
    env,
    default: fallback,
    why,
    ...o,
  }),
  port: (env: string, fallback: number, why: string): Setting<'port', number> => ({
    kind: 'port',
    env,
    default: fallback,
    why,
    min: 0,
    max: 65_535,
  }),
  choice: <const C extends readonly string[]>(
    env: string,
    choices: C,
    fallback: C[number],
    why: string,
  ): Setting<'choice', C[number]> => ({ kind: 'choice', env, default: fallback, why, choices }),
};

export type Slice = Readonly<Record<string, Setting>>;
export type Values<S extends Slice> = {
  readonly [K in keyof S]: S[K] extends Setting<SettingKind, infer V> ? V : never;
};

export const CONFIG_ERRORS = errorCatalogue({
  'config.unknown': { kind: 'caller', status: 400, retry: false, fix: 'Remove it, or use the nearest known name.' },
  'config.invalid': {
    kind: 'caller',
    status: 400,
    retry: false,
    fix: 'See docs/configuration.md for what is accepted.',
  },
});
const fail = failer(CONFIG_ERRORS);

const UNITS: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  bytes: {
    '': 1,
    B: 1,
    KiB: 1024,
    MiB: 1024 ** 2,
    GiB: 1024 ** 3,
    TiB: 1024 ** 4,
    KB: 1e3,
    MB: 1e6,
    GB: 1e9,
    TB: 1e12,
  },
  duration: { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 },
};

function parse(setting: Setting, text: string, where: string): unknown {
  const wrong = (expected: string) =>
    fail('config.invalid', `${setting.env} is ${JSON.stringify(setting.secret ? '***' : text)}, expected ${expected}`, {
      at: where,
    });
  const bounded = (value: number): number => {
    if (setting.min !== undefined && value < setting.min) throw wrong(`at least ${setting.min}`);
    if (setting.max !== undefined && value > setting.max) throw wrong(`at most ${setting.max}`);
    return value;
  };
  switch (setting.kind) {
    case 'text':
      return text;
    case 'choice':
      if (!setting.choices!.includes(text)) throw wrong(`one of ${setting.choices!.join(', ')}`);
      return text;
    case 'boolean':
      if (/^(true|1|yes|on)$/i.test(text)) return true;
      if (/^(false|0|no|off)$/i.test(text)) return false;
      throw wrong('true or false');
    case 'integer':
    case 'port':
      if (!/^-?\d+$/.test(text)) throw wrong('a whole number');
      return bounded(Number(text));
    case 'number':
      if (text.trim() === '' || !Number.isFinite(Number(text))) throw wrong('a number');
      return bounded(Number(text));
    case 'bytes':
    case 'duration': {
      const match = /^(\d+(?:\.\d+)?)\s*([A-Za-z]*)$/.exec(text.trim());
      // Nothing is nothing in every unit.
      const factor = match?.[0] === '0' ? 0 : match && UNITS[setting.kind]![match[2]!];
      if (!match || factor === undefined || factor === null)
        throw wrong(setting.kind === 'bytes' ? 'a size such as 16MiB' : 'a duration such as 10s');
      return bounded(Math.round(Number(match[1]) * factor));
    }
  }
}

/** Edit distance, for pointing at the nearest known name. Inputs are short names; O(n·m). */
export function nearest(word: string, known: readonly string[]): string | undefined {
  let best: string | undefined;
  let bestDistance = Math.max(3, Math.ceil(word.length / 3)) + 1;
  for (const candidate of known) {
    let row = Array.from({ length: candidate.length + 1 }, (_, i) => i);
    for (let i = 1; i <= word.length; i++) {
      const next = [i];
      for (let j = 1; j <= candidate.length; j++) {
        next[j] = Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (word[i - 1] === candidate[j - 1] ? 0 : 1));
      }
      row = next;
    }
    if (row[candidate.length]! < bestDistance) {
      bestDistance = row[candidate.length]!;
      best = candidate;
    }
  }
  return best;
}

/** For commands that ask a running instance: where it is, and who asks. They set nothing. */
const COMMAND_VARIABLES = ['HANOK_URL', 'HANOK_TOKEN', 'HANOK_OPERATOR_EMAIL', 'HANOK_OPERATOR_PASSWORD'];

/**
 * Reads all slices from `environment` (wins) and, when `HANOK_CONFIG_FILE` or `file` names one, a JSON file whose
 * keys are the settings' names in lower case without `HANOK_`. Unknown `HANOK_*` variables and file keys are refused
 * with the nearest known one. Throws `config.unknown` or `config.invalid`.
 */
export function readConfig<const S extends Readonly<Record<string, Slice>>>(
  slices: S,
  environment: Readonly<Record<string, string | undefined>>,
  file?: string,
): { readonly [R in keyof S]: Values<S[R]> } {
  const known = new Map<string, Setting>();
  for (const slice of Object.values(slices)) for (const one of Object.values(slice)) known.set(one.env, one);
  const names = [...known.keys(), 'HANOK_CONFIG_FILE'];
  const outside = new Set(['HANOK_CONFIG_FILE', 'HANOK_REQUIRE_ALL', ...COMMAND_VARIABLES]);
  const found = new Map<string, unknown>();

  const path = file ?? environment['HANOK_CONFIG_FILE'];
  if (path) {
    let content: unknown;
    try {
      content = JSON.parse(readFileSync(path, 'utf8'));
    } catch (cause) {
      throw fail('config.invalid', `cannot read the configuration file ${path}: ${(cause as Error).message}`, {
        at: path,
        cause,
      });
    }
    for (const [key, value] of Object.entries(content as Record<string, unknown>)) {
      const env = `HANOK_${key.toUpperCase()}`;
      const one = known.get(env);
      if (!one) {
        const near = nearest(env, names);
        throw fail(
          'config.unknown',
          `unknown setting ${key}${near ? `; the nearest known one is ${near.slice(6).toLowerCase()}` : ''}`,
          { at: path },
        );
      }
      found.set(env, parse(one, String(value), `${path}: ${key}`));
    }
  }
  for (const [name, text] of Object.entries(environment)) {
    if (!name.startsWith('HANOK_') || text === undefined || outside.has(name)) continue;
    const one = known.get(name);
    if (!one) {
      const near = nearest(name, names);
      throw fail('config.unknown', `unknown setting ${name}${near ? `; the nearest known one is ${near}` : ''}`, {
        at: 'environment',
      });
    }
    found.set(name, parse(one, text, 'environment'));
  }

  const result: Record<string, Record<string, unknown>> = {};
  for (const [module, slice] of Object.entries(slices)) {
    result[module] = {};
    for (const [key, one] of Object.entries(slice))
      result[module][key] = found.has(one.env) ? found.get(one.env) : one.default;
    Object.freeze(result[module]);
  }
  return result as { readonly [R in keyof S]: Values<S[R]> };
}

/** Settings and values for printing, secrets masked. */
export function describeConfig(
  slices: Readonly<Record<string, Slice>>,
  values: Readonly<Record<string, Readonly<Record<string, unknown>>>>,
) {
  return Object.entries(slices).flatMap(([module, slice]) =>
    Object.entries(slice).map(([key, one]) => ({
      module,
      env: one.env,
      value: one.secret ? '***' : values[module]![key],
      default: one.default,
      why: one.why,
    })),
  );
}
