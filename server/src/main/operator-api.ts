import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { ApiError } from '@hanok/contract';
import { z } from 'zod';
import type { Bootstrap } from '#control';
import { fail } from './errors.ts';
import type { Config } from './slices.ts';

/** The API of a running instance, as its operator: what is done through it is checked and audited like anything else. */
export interface OperatorApi {
  /** Throws `main.nothing-listens`, `main.no-operator`, `main.refused`. */
  ask<O extends z.ZodType>(output: O, method: string, path: string, input?: unknown): Promise<z.output<O>>;
  /** Ends the session, if one was begun. */
  close(): Promise<void>;
}

/** Who a command is: `HANOK_TOKEN`, or e-mail and password, or the operator of the first start. */
export type Credential = { readonly token: string } | { readonly email: string; readonly password: string } | undefined;

type Environment = Readonly<Record<string, string | undefined>>;

export function credentialOf(environment: Environment, dataDir: string): Credential {
  const { HANOK_TOKEN: token, HANOK_OPERATOR_EMAIL: email, HANOK_OPERATOR_PASSWORD: password } = environment;
  if (token) return { token };
  if (email && password) return { email, password };
  const path = join(resolve(dataDir), 'bootstrap.json');
  if (!existsSync(path)) return undefined;
  const { operator } = JSON.parse(readFileSync(path, 'utf8')) as Bootstrap;
  return operator;
}

export function urlOf(environment: Environment, config: Pick<Config, 'main' | 'edge'>): string {
  if (environment['HANOK_URL']) return environment['HANOK_URL'].replace(/\/+$/, '');
  const { bind } = config.main;
  const host = bind === '0.0.0.0' || bind === '::' ? '127.0.0.1' : bind.includes(':') ? `[${bind}]` : bind;
  return `http://${host}:${config.edge.httpPort}`;
}

const loginAnswer = z.object({ token: z.string() });

export async function openOperatorApi(url: string, credential: Credential): Promise<OperatorApi> {
  if (!credential) throw fail('main.no-operator', 'who asks is not known');
  const send = async <O extends z.ZodType>(
    output: O,
    token: string | undefined,
    method: string,
    path: string,
    input: unknown,
  ): Promise<z.output<O>> => {
    let answer: Response;
    try {
      answer = await fetch(url + path, {
        method,
        headers: {
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
          ...(input === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(input === undefined ? {} : { body: JSON.stringify(input) }),
      });
    } catch (cause) {
      throw fail('main.nothing-listens', `no Hanok answers at ${url}`, { cause });
    }
    const body: unknown = await answer.json().catch(() => undefined);
    if (!answer.ok) throw refusal(answer.status, body);
    const parsed = output.safeParse(body);
    if (!parsed.success) throw fail('main.refused', `what answers at ${url} is no Hanok, or one of another version`);
    return parsed.data;
  };
  const begun =
    'token' in credential ? undefined : await send(loginAnswer, undefined, 'POST', '/api/v1/login', credential);
  const token = 'token' in credential ? credential.token : begun!.token;
  return {
    ask: (output, method, path, input) => send(output, token, method, path, input),
    async close() {
      if (begun) await send(z.unknown(), token, 'POST', '/api/v1/logout', {});
    },
  };
}

function refusal(status: number, body: unknown): Error {
  const { error } = (typeof body === 'object' && body !== null ? body : {}) as Partial<ApiError>;
  if (!error) return fail('main.refused', `the instance answered ${status}`);
  const values = Object.entries(error.values ?? {}).map(([name, value]) => `${name} ${value}`);
  return fail('main.refused', `${error.message} [${[error.code, ...values].join(', ')}]`, {
    ...(error.at === undefined ? {} : { at: error.at }),
    ...(error.fix === undefined ? {} : { fix: error.fix }),
  });
}
