import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TenantId } from '@hanok/contract';
import { Session } from 'chdb';
import { substitute } from '../engine/literal.ts';
import { OPERATIONS } from '../schema/operations.ts';
import { createRollup, createTable } from '../schema/render.ts';
import { TABLES } from '../schema/tables.ts';
import { tableFilters } from '../select.ts';
import { compileUnder } from './compile.ts';
import type { Protections } from './protections.ts';
import type { Select } from './select.ts';

export const ATTACKER = 'tenant-a' as TenantId;
export const VICTIM = 'tenant-b' as TenantId;
/** In the victim's rows only. */
export const SECRET = 'secret';

/** An engine with logs and spans of two tenants, in one part each, for plans to be run on as they are compiled. */
export class PlanEngine {
  readonly #dir = mkdtempSync(join(tmpdir(), 'hanok-plan-'));
  readonly #session = new Session(this.#dir);

  constructor() {
    this.query('CREATE DATABASE hanok');
    for (const table of [TABLES.logs, TABLES.spans, TABLES.resources]) this.query(createTable(table, 'hanok'));
    for (const statement of createRollup(OPERATIONS, 'hanok')) this.query(statement);
    this.query(`INSERT INTO hanok.logs (tenant, timestamp, service_name, body, retention_days)
      SELECT if(number % 2 = 0, '${ATTACKER}', '${VICTIM}'), fromUnixTimestamp64Nano(toInt64(1795132800000000000 + number)),
        if(number % 2 = 0, 'shop', '${SECRET}'), if(number % 2 = 0, 'mine', '${SECRET}'), 30 FROM numbers(100)`);
    this.query(`INSERT INTO hanok.spans (tenant, timestamp, name, service_name, retention_days)
      SELECT if(number % 2 = 0, '${ATTACKER}', '${VICTIM}'), fromUnixTimestamp64Nano(toInt64(1795132800000000000 + number)),
        if(number % 2 = 0, 'mine', '${SECRET}'), if(number % 2 = 0, 'shop', '${SECRET}'), 30 FROM numbers(100)`);
  }

  query(sql: string): string {
    return String(this.#session.query(sql, 'JSONCompactEachRow'));
  }

  /**
   * What the attacker's plan is answered under these protections: the rows as text, each compared with who asked. Throws
   * where the compiler, the engine or the comparison refuses it.
   */
  ask(plan: Select, protections: Protections): string {
    const { text, params, owner, tables } = compileUnder(protections, plan, ATTACKER, 'hanok');
    const filters = protections.tableFilters ? ` SETTINGS ${tableFilters(tables, ATTACKER, 'hanok')}` : '';
    const answer = this.query(substitute(text, new Map(Object.entries(params))) + filters);
    if (protections.rows) {
      const expected = owner === 'tenant' ? ATTACKER : 0;
      for (const line of answer.split('\n').filter((one) => one !== '')) {
        const row = JSON.parse(line) as unknown[];
        if (row.at(-1) !== expected) throw new Error(`a row of another tenant: ${line}`);
      }
    }
    return answer;
  }

  close(): void {
    this.#session.cleanup();
    rmSync(this.#dir, { recursive: true, force: true });
  }
}
