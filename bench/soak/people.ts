/** What people do meanwhile: live tails stay open, somebody signs in, and a probe measures how fresh a tail is. */
import { type ClientRequest, request } from 'node:http';
import type { Instance } from '../../e2e/instance.ts';
import type { Tally } from './tally.ts';

interface SoakPerson {
  readonly tenant: string;
  readonly key: string;
  readonly token: string;
}

const PROBE_EVERY_MS = 2_000;
const LOGIN_EVERY_MS = 30_000;

export interface Seen {
  /** Milliseconds from acknowledgement of a probe until a tail showed it. */
  readonly tailMs: number[];
  readonly rows: number;
  readonly tailsLost: number;
  readonly loginMs: number[];
  readonly loginsFailed: number;
}

export class People {
  readonly #instance: Instance;
  readonly #tally: Tally;
  readonly #tails = new Set<ClientRequest>();
  readonly #timers: NodeJS.Timeout[] = [];
  readonly #acknowledged = new Map<string, number>();
  readonly #shown = new Map<string, number>();
  #probes = 0;
  #underWay = 0;
  #seen = { tailMs: [] as number[], rows: 0, tailsLost: 0, loginMs: [] as number[], loginsFailed: 0 };
  #stopped = false;

  constructor(instance: Instance, tally: Tally, people: readonly SoakPerson[]) {
    this.#instance = instance;
    this.#tally = tally;
    for (const person of people) {
      for (const query of ['soakprobe', 'level:error', 'retrying timeout']) this.#tail(person, query);
      this.#every(PROBE_EVERY_MS, () => this.#probe(person));
    }
    this.#every(LOGIN_EVERY_MS, () => this.#login(people[0]!.tenant));
  }

  take(): Seen {
    const seen = this.#seen;
    this.#seen = { tailMs: [], rows: 0, tailsLost: 0, loginMs: [], loginsFailed: 0 };
    return seen;
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    for (const timer of this.#timers) clearInterval(timer);
    while (this.#underWay > 0) await new Promise((resolve) => setTimeout(resolve, 20));
    for (const tail of this.#tails) tail.destroy();
  }

  #every(ms: number, work: () => Promise<void>): void {
    this.#timers.push(
      setInterval(() => {
        this.#underWay++;
        void work().finally(() => this.#underWay--);
      }, ms),
    );
  }

  #tail(person: SoakPerson, query: string): void {
    const again = () => {
      this.#tails.delete(sent);
      if (this.#stopped) return;
      this.#seen.tailsLost++;
      setTimeout(() => this.#tail(person, query), 1_000).unref();
    };
    const sent = request(
      `${this.#instance.url}/api/v1/logs/tail?query=${encodeURIComponent(query)}`,
      { headers: { authorization: `Bearer ${person.token}` } },
      (response) => {
        let rest = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => {
          const text = rest + chunk;
          const end = text.lastIndexOf('\n') + 1;
          rest = text.slice(end);
          for (const line of text.slice(0, end).split('\n')) {
            if (!line.startsWith('data: {"id"')) continue;
            this.#seen.rows++;
            const id = query === 'soakprobe' ? /soakprobe (\d+)/.exec(line)?.[1] : undefined;
            if (id !== undefined) this.#match(id, this.#shown);
          }
        });
        response.on('error', () => {});
        response.on('close', again);
      },
    );
    sent.on('error', again);
    sent.end();
    this.#tails.add(sent);
  }

  /** A tail may show a probe before its sender has read the acknowledgement: that is a delay of nothing. */
  #match(id: string, side: Map<string, number>): void {
    side.set(id, performance.now());
    const acknowledged = this.#acknowledged.get(id);
    const shown = this.#shown.get(id);
    if (acknowledged === undefined || shown === undefined) return;
    this.#seen.tailMs.push(Math.max(0, shown - acknowledged));
    this.#acknowledged.delete(id);
    this.#shown.delete(id);
  }

  async #probe(person: SoakPerson): Promise<void> {
    const id = String(++this.#probes);
    const body = JSON.stringify({
      resourceLogs: [
        {
          resource: { attributes: [{ key: 'service.name', value: { stringValue: 'soak' } }] },
          scopeLogs: [
            { logRecords: [{ timeUnixNano: `${Date.now()}000000`, body: { stringValue: `soakprobe ${id}` } }] },
          ],
        },
      ],
    });
    const key = `${person.tenant} logs`;
    try {
      const answer = await fetch(`${this.#instance.otlpHttp}/v1/logs`, {
        method: 'POST',
        headers: { authorization: `Bearer ${person.key}`, 'content-type': 'application/json' },
        body,
      });
      await answer.arrayBuffer();
      if (answer.status !== 200) return;
      this.#tally.acknowledged(key, 1);
      this.#match(id, this.#acknowledged);
    } catch {
      this.#tally.acknowledged(key, 0, 1);
    }
  }

  async #login(tenant: string): Promise<void> {
    const began = performance.now();
    try {
      const token = await this.#instance.login(this.#instance.tenant(tenant).admin);
      await this.#instance.api(token, 'GET', '/api/v1/me');
      await this.#instance.api(token, 'POST', '/api/v1/logout');
      this.#seen.loginMs.push(performance.now() - began);
    } catch {
      this.#seen.loginsFailed++;
    }
  }
}
