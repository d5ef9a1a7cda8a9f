import { Session } from 'chdb';
import { EngineException, exceptionFrom } from './exception.ts';
import { quote } from './literal.ts';

/** What a statement runs with; anything not named is the engine's default. */
export interface StatementContext {
  readonly queryId: string;
  readonly settings: ReadonlyMap<string, string>;
  readonly database: string;
}

/**
 * One chDB session: statements run one after another, off the event loop. Settings stay in force on a session after
 * a statement, so each statement is preceded by a SET of exactly what differs from what the session has; most
 * statements differ in nothing and pay nothing.
 */
export class EngineSession {
  readonly #session: Session;
  #applied: ReadonlyMap<string, string>;
  #database = 'default';

  constructor(dataPath: string, connectionArgs: readonly string[]) {
    this.#session = new Session(dataPath, { connectionArgs });
    this.#applied = new Map();
  }

  /** The whole answer in `format`. Throws EngineException. */
  async run(sql: string, format: string, context: StatementContext): Promise<Uint8Array> {
    await this.#prepare(context);
    return this.#execute(`${mark(context.queryId)} ${sql}`, format);
  }

  close(): void {
    this.#session.close();
  }

  async #prepare({ settings, database }: StatementContext): Promise<void> {
    if (database !== this.#database) {
      await this.#execute(`USE \`${database.replace(/[\\`]/g, (c) => `\\${c}`)}\``, 'Null');
      this.#database = database;
    }
    const changes: string[] = [];
    for (const name of this.#applied.keys()) if (!settings.has(name)) changes.push(`${name} = DEFAULT`);
    for (const [name, value] of settings) {
      if (!/^[a-z_0-9]+$/.test(name)) throw new EngineException(115, 'UNKNOWN_SETTING', `Unknown setting '${name}'`);
      if (this.#applied.get(name) !== value) changes.push(`${name} = ${quote(value)}`);
    }
    if (changes.length === 0) return;
    try {
      await this.#execute(`SET ${changes.join(', ')}`, 'Null');
      this.#applied = settings;
    } catch (error) {
      // Parts of it may be in force and one name may not exist: put every name back by itself.
      for (const name of new Set([...this.#applied.keys(), ...settings.keys()]))
        await this.#execute(`SET ${name} = DEFAULT`, 'Null').catch(() => undefined);
      this.#applied = new Map();
      throw error;
    }
  }

  async #execute(sql: string, format: string): Promise<Uint8Array> {
    try {
      return (await this.#session.queryAsync(sql, { format })).bytes();
    } catch (error) {
      throw exceptionFrom(error);
    }
  }
}

/** chDB gives statements ids of its own; ours leads the text, where KILL QUERY finds it. */
export function mark(queryId: string): string {
  return `/* query ${queryId.replace(/[^A-Za-z0-9_.:-]/g, '_')} */`;
}
