import { type Attack, type Credential, generateAttacks, type Shot, type Targets } from './attacks.ts';
import { type Operation, surfaceOf } from './surface.ts';

/** Whose credentials the attacks need. */
export type Whose = 'attacker-owner' | 'attacker-viewer' | 'attacker-token' | 'operator' | 'victim-owner';

export interface World extends Targets {
  /** `http://127.0.0.1:8080` */
  readonly baseUrl: string;
  /**
   * Texts that exist in the victim's data only and that no attack contains. Each must be shown to the victim by some
   * reading route (else the suite looks in the wrong place) and to nobody else, in any byte of any answer.
   */
  readonly canaries: readonly string[];
  /** Each call signs in anew; the attacker's token may nothing but `TOKEN_PERMISSION`. */
  readonly signIn: (who: Whose) => Promise<string>;
  /** A session that was valid and was ended. */
  readonly revoked: string;
  readonly keys: { readonly attacker: string; readonly victim: string };
  /**
   * Where answers to the existing and the missing may differ, and why. An entry nothing needs is a problem: reasons
   * must not outlive their cause. `sometimes`: for differences that come and go.
   */
  readonly exempt?: ReadonlyArray<{
    readonly operation: string;
    readonly name: RegExp;
    readonly reason: string;
    readonly sometimes?: true;
  }>;
  /**
   * Headers of the n-th request, where each shall come from an address of its own: who guesses passwords is soon refused by
   * its address, and would be refused everywhere.
   */
  readonly headersOf?: (request: number) => Readonly<Record<string, string>>;
  /** How long a stream is listened to. */
  readonly streamMs?: number;
}

export interface Outcome {
  readonly operations: number;
  readonly attacks: number;
  readonly requests: number;
  /** Empty when tenants are apart, as far as was tried. */
  readonly problems: readonly string[];
}

interface Answer {
  readonly status: number;
  /** Without those that differ by nature. */
  readonly headers: string;
  /** Headers and body, for canaries. */
  readonly everything: string;
  readonly body: string;
}

const MOST_PROBLEMS = 50;
/** The hour, the request's own name, the length of what is compared anyway, and secrets just made. */
const OWN_HEADERS = new Set(['date', 'x-request-id', 'content-length', 'set-cookie']);

/** Walks every operation of an OpenAPI document with every attack and says what went wrong. */
export async function attackAll(document: unknown, world: World): Promise<Outcome> {
  const operations = surfaceOf(document);
  const { attacks, controls, gaps } = generateAttacks(operations, world);
  const problems: string[] = gaps.map((gap) => `cannot be attacked: ${gap}`);
  const sender = new Sender(world);
  const usedExemptions = new Set<unknown>();
  const complain = (attack: Attack, text: string) => {
    if (problems.length < MOST_PROBLEMS) problems.push(`${attack.operation.id}, ${attack.name}: ${text}`);
  };

  const judge = (attack: Attack, answer: Answer, which: string) => {
    const leaked = world.canaries.find((canary) => answer.everything.includes(canary));
    if (leaked !== undefined) complain(attack, `LEAK: the answer${which} contains ${leaked}`);
    if (!attack.allowed(answer.status))
      complain(attack, `status ${answer.status}${which}, expected ${attack.expected}: ${answer.body.slice(0, 200)}`);
  };

  const missingTwins = new Map<string, Answer>();
  // What the attacker makes under names of the victim's is found afterwards by who looks for these names: reads come first.
  for (const attack of attacks.toSorted((a, b) => Number(a.operation.changes) - Number(b.operation.changes))) {
    const answer = await sender.send(attack, attack.shot);
    judge(attack, answer, '');
    if (!attack.twin) continue;
    // Several attacks may share one twin; a reading one is fired once.
    const key = attack.operation.changes ? undefined : JSON.stringify([attack.operation.id, attack.twin]);
    const twin = (key && missingTwins.get(key)) || (await sender.send(attack, attack.twin));
    if (key) missingTwins.set(key, twin);
    judge(attack, twin, ' to the missing twin');
    const [one, other] = [compared(world, answer, attack.shot), compared(world, twin, attack.twin)];
    if (one === other) continue;
    const exemption = world.exempt?.find(
      ({ operation, name }) => operation === attack.operation.id && name.test(attack.name),
    );
    if (exemption) usedExemptions.add(exemption);
    else complain(attack, `HINT: existing and missing are answered differently:\n    ${one}\n    ${other}`);
  }
  for (const exemption of world.exempt ?? [])
    if (!usedExemptions.has(exemption) && !exemption.sometimes)
      problems.push(`the exemption of ${exemption.operation} is not needed any more`);

  const unseen = new Set(world.canaries);
  for (const control of controls) {
    const answer = await sender.send(control, control.shot);
    if (!control.allowed(answer.status))
      complain(control, `CONTROL: status ${answer.status}, expected ${control.expected}: ${answer.body.slice(0, 200)}`);
    for (const canary of [...unseen]) if (answer.everything.includes(canary)) unseen.delete(canary);
    if (!control.twin || !control.operation.inputs.some((input) => input.place === 'path')) continue;
    const twin = await sender.send(control, control.twin);
    if (compared(world, answer, control.shot) === compared(world, twin, control.twin))
      complain(control, 'CONTROL: the identifier is not real: its owner gets the same answer for a missing one');
  }
  for (const canary of unseen)
    problems.push(`CONTROL: no reading route shows its owner ${canary}; the suite could not see it leak`);

  return {
    operations: operations.length,
    attacks: attacks.length,
    requests: sender.requests,
    problems,
  };
}

/** What is left of an answer when everything that may differ is taken out: what was asked for, ids, instants, secrets. */
function compared(world: World, answer: Answer, shot: Shot): string {
  let { body, headers } = withoutOwnAttempts(answer);
  const asked = [world.tenant, ...world.everywhere, ...Object.values(world.identifiers)].flatMap((one) => [
    one.existing,
    one.missing,
  ]);
  for (const text of new Set([...asked, ...(shot.probe ? [shot.probe] : [])])) {
    // Shorter ones are found in any text.
    if (text.length < 4) continue;
    for (const form of new Set([text, encodeURIComponent(text), JSON.stringify(text).slice(1, -1)]))
      body = body.replaceAll(form, '§');
  }
  body = body
    .replace(/"requestId":"[^"]*"/g, '"requestId":"§"')
    .replace(/"elapsedMs":[\d.e+-]+/g, '"elapsedMs":0')
    .replace(/"(password|secret|token|ingestKey|prefix|url|uri)":"[^"]*"/g, '"$1":"§"')
    .replace(/\b(?:k|u|r|t|sa|oa|ji|l)_[0-9a-f]{20}\b/g, '§')
    .replace(/\bprobe-\d+x*(?:@probe\.example)?/g, '§')
    .replace(/"\d{19}"/g, '"§"');
  return `${answer.status} ${headers}\n${body}`;
}

/**
 * An audit log tells the attacker what it was refused, in entries that its own attempts made: a filter by an id finds those
 * that tried this id before. What others did is compared; that numbers count nothing of others has a test of its own.
 */
function withoutOwnAttempts({ body, headers }: Answer): { body: string; headers: string } {
  if (!body.includes('"hash":"') || !body.startsWith('{"rows":[{"seq":')) return { body, headers };
  const { rows } = JSON.parse(body) as { rows: Array<{ outcome: string; seq?: number; hash?: string }> };
  const others = rows.flatMap(({ seq: _, hash: __, ...row }) => (row.outcome === 'ok' ? [row] : []));
  return {
    body: JSON.stringify({ rows: others, cursor: null }),
    headers: headers.replace(/^content-encoding: .*\n/m, ''),
  };
}

/** Sends what is asked, with whose credential it is said. */
export class Sender {
  readonly #world: World;
  readonly #tokens = new Map<string, string>();
  requests = 0;

  constructor(world: World) {
    this.#world = world;
  }

  async send({ operation, allowed }: Attack, shot: Shot): Promise<Answer> {
    const answer = await this.#once(operation, shot);
    if (answer.status !== 401 || allowed(401)) return answer;
    // An attack may have ended the session it came with (signing out is a route, too).
    this.#tokens.clear();
    return this.#once(operation, shot);
  }

  async #once(operation: Operation, shot: Shot): Promise<Answer> {
    this.requests++;
    const stop = new AbortController();
    const own = this.#world.headersOf?.(this.requests) ?? {};
    const headers = { ...own, ...shot.headers, ...(await this.#credentials(shot.credential)) };
    const response = await fetch(this.#world.baseUrl + shot.path, {
      method: operation.method,
      headers: { ...headers, ...(shot.body === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(shot.body === undefined ? {} : { body: JSON.stringify(shot.body) }),
      redirect: 'manual',
      signal: stop.signal,
    });
    const contentType = response.headers.get('content-type') ?? '';
    const streaming = contentType.startsWith('text/event-stream');
    const text = streaming ? await this.#listen(response, stop) : await response.text();
    return {
      status: response.status,
      headers: [...response.headers]
        .filter(([name]) => !OWN_HEADERS.has(name))
        .map((one) => one.join(': '))
        .sort()
        .join('\n'),
      everything: `${[...response.headers].join('\n')}\n${text}`,
      // What comes within a moment is a matter of luck.
      body: streaming ? '' : text,
    };
  }

  async #listen(response: Response, stop: AbortController): Promise<string> {
    const timer = setTimeout(() => stop.abort(), this.#world.streamMs ?? 100);
    let text = '';
    try {
      for await (const chunk of response.body ?? []) text += Buffer.from(chunk).toString();
    } catch {
      // Ended by us.
    }
    clearTimeout(timer);
    return text;
  }

  async #token(who: Whose): Promise<string> {
    let token = this.#tokens.get(who);
    if (token === undefined) {
      token = await this.#world.signIn(who);
      this.#tokens.set(who, token);
    }
    return token;
  }

  async #credentials(credential: Credential): Promise<Record<string, string>> {
    const { keys, revoked } = this.#world;
    const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
    switch (credential) {
      case 'none':
        return {};
      case 'attacker-owner':
      case 'attacker-viewer':
      case 'attacker-token':
      case 'operator':
      case 'victim-owner':
        return bearer(await this.#token(credential));
      case 'attacker-cookie':
        return { cookie: `hanok_session=${await this.#token('attacker-owner')}` };
      case 'attacker-key':
        return bearer(keys.attacker);
      case 'attacker-key-header':
        return { 'x-hanok-key': keys.attacker };
      case 'victim-key':
        return bearer(keys.victim);
      case 'revoked':
        return bearer(revoked);
      case 'made-up':
        return bearer(`hs_${'A'.repeat(43)}`);
      case 'attacker-bearer-victim-cookie':
        return {
          ...bearer(await this.#token('attacker-owner')),
          cookie: `hanok_session=${await this.#token('victim-owner')}`,
        };
      case 'attacker-then-victim-cookie':
        return {
          cookie: `hanok_session=${await this.#token('attacker-owner')}; hanok_session=${await this.#token('victim-owner')}`,
        };
    }
  }
}
