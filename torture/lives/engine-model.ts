interface Insert {
  readonly sql: string;
  readonly settings: { readonly insert_deduplication_token: string };
  readonly body: readonly Uint8Array[];
}

/** What an engine keeps over its lives as the drainer sees it: rows by table, and the tokens of the inserts that happened. */
export class EngineModel {
  readonly #tokens = new Set<string>();
  readonly #times = new Map<string, number>();
  #doubled = 0;
  /** What was asked, in order, for the story of a case that failed. */
  readonly asked: string[] = [];

  /** How often a batch's block was stored in a table. */
  times(table: string, batch: number): number {
    return this.#times.get(`${table} ${batch}`) ?? 0;
  }

  get doubled(): number {
    return this.#doubled;
  }

  /**
   * A connection that breaks for good at its insert number `breaksAt` (0 for the first): before the insert happens, or
   * `after` it and before the answer.
   */
  connect(breaksAt: number | undefined, after: boolean) {
    let inserts = 0;
    let crash = () => {};
    let isCrashed = false;
    const crashed = new Promise<void>((resolve) => {
      crash = () => {
        isCrashed = true;
        resolve();
      };
    });
    const execute = async (insert: Insert) => {
      if (isCrashed) throw new Error('the engine is gone');
      const breaks = inserts++ === breaksAt;
      if (!breaks || after) this.#insert(insert);
      if (breaks) crash();
      if (isCrashed) throw new Error('the engine is gone');
    };
    return { execute, crashed, crash };
  }

  #insert(insert: Insert): void {
    const token = insert.settings.insert_deduplication_token;
    const batches = insert.body.map((block) => Buffer.from(block.buffer, block.byteOffset, 4).readUInt32LE(0));
    const known = this.#tokens.has(token);
    this.asked.push(`${token}${known ? ' (known)' : ''}: batches ${batches.join(' ')}`);
    if (known) return;
    this.#tokens.add(token);
    const table = /`hanok`\.`(\w+)`/.exec(insert.sql)![1]!;
    for (const batch of batches) {
      const key = `${table} ${batch}`;
      const times = (this.#times.get(key) ?? 0) + 1;
      this.#times.set(key, times);
      if (times > 1) this.#doubled++;
    }
  }
}
