import { createReadStream, existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import type { AuditVerifyResponse } from '@hanok/contract';
import { type Clock, type Log, readConfig } from '#base';
import { keyIdOf, verifyAuditLog, verifyExport } from '#control';
import { fail } from './errors.ts';
import { CONFIG_SLICES } from './slices.ts';

export interface AuditOptions {
  readonly chain: string | undefined;
  /** Path of public keys in PEM, one after the other. */
  readonly publicKey: string | undefined;
  /** Path of an export, in place of a database. */
  readonly file: string | undefined;
  readonly json: boolean;
  readonly config: string | undefined;
}

/** What follows `hanok audit`; undefined when it is not understood. */
export function readAuditOptions(args: readonly string[]): AuditOptions | undefined {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        chain: { type: 'string' },
        'public-key': { type: 'string' },
        file: { type: 'string' },
        config: { type: 'string' },
        json: { type: 'boolean', default: false },
      },
    });
    if (positionals.length !== 1 || positionals[0] !== 'verify') return undefined;
    // An export is one chain, and needs no configuration.
    if (values.file !== undefined && (values.chain !== undefined || values.config !== undefined)) return undefined;
    const { chain, file, json, config } = values;
    return { chain, publicKey: values['public-key'], file, json, config };
  } catch {
    return undefined;
  }
}

/** `hanok audit verify`: what to print, and whether everything is as it was written. */
export async function auditVerify(
  options: AuditOptions,
  environment: NodeJS.ProcessEnv,
  deps: { readonly clock: Clock; readonly log: Log },
): Promise<{ readonly ok: boolean; readonly text: string }> {
  const keys = options.publicKey === undefined ? undefined : readPublicKeys(options.publicKey);
  const chains =
    options.file === undefined
      ? await ofDatabase(options, environment, keys, deps)
      : [await ofFile(options.file, keys)];
  const ok = chains.every((one) => one.ok);
  if (options.json) return { ok, text: `${JSON.stringify({ ok, chains })}\n` };
  const widest = Math.max(...chains.map(({ chain }) => chain.length));
  const lines = chains.map(({ chain, broken, rows, checkpoints, head }) =>
    broken
      ? `BROKEN  ${chain.padEnd(widest)}  entry ${broken.seq}: ${broken.reason} (${broken.code})`
      : `ok      ${chain.padEnd(widest)}  ${rows} entries, ${checkpoints} checkpoints; ends with entry ${head.seq}, hash ${head.hash}`,
  );
  return { ok, text: `${lines.join('\n')}\n` };
}

async function ofDatabase(
  { chain, config: file }: AuditOptions,
  environment: NodeJS.ProcessEnv,
  keys: ReadonlyMap<string, string> | undefined,
  deps: { readonly clock: Clock; readonly log: Log },
): Promise<readonly AuditVerifyResponse[]> {
  const config = readConfig(CONFIG_SLICES, environment, file);
  const dataDir = resolve(config.main.dataDir);
  const { url } = config.control;
  if (url === '' && !existsSync(join(dataDir, 'control.db')))
    throw fail('main.no-control-database', `there is no control.db in ${dataDir}`, { at: 'HANOK_DATA_DIR' });
  const { chains } = await verifyAuditLog(url === '' ? { dataDir } : { url }, { chain, dataDir, keys }, deps);
  return chains;
}

async function ofFile(path: string, keys: ReadonlyMap<string, string> | undefined): Promise<AuditVerifyResponse> {
  if (!existsSync(path)) throw fail('main.no-such-file', `there is no file ${path}`, { at: '--file' });
  return verifyExport(
    () => createInterface({ input: createReadStream(path), crlfDelay: Number.POSITIVE_INFINITY }),
    keys,
  );
}

function readPublicKeys(path: string): ReadonlyMap<string, string> {
  if (!existsSync(path)) throw fail('main.no-such-file', `there is no file ${path}`, { at: '--public-key' });
  const found = readFileSync(path, 'utf8').match(/-----BEGIN PUBLIC KEY-----[^-]+-----END PUBLIC KEY-----/g) ?? [];
  try {
    const keys = new Map(found.map((key) => [keyIdOf(key), key]));
    if (keys.size > 0) return keys;
  } catch {
    // Told below: what looks like a key is none.
  }
  throw fail('main.no-public-key', `there is no public key in ${path}`, { at: '--public-key' });
}
