import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { collectAtRest, isHanokError, keepCompiledCode, readConfig, systemClock } from '#base';
import { banner } from './banner.ts';
import { doctor } from './doctor.ts';
import { endOnFaults } from './fault.ts';
import { openLog } from './log.ts';
import { openHanok } from './open.ts';
import { CONFIG_SLICES } from './slices.ts';

const root = dirname(dirname(dirname(dirname(fileURLToPath(import.meta.url)))));
/**
 * Signals so close together are one: a terminal sends Ctrl-C to the whole process group, and npm, which is in it, sends it
 * on to us again.
 */
const ONE_SIGNAL_MS = 1_000;
const USAGE = `usage: hanok [start | doctor | config] [--config FILE]
       hanok control copy FROM TO
       hanok audit verify [--chain CHAIN] [--public-key FILE] [--file EXPORT] [--json] [--config FILE]
       hanok tenant list | create | show | rename | suspend | resume | delete | undelete
       hanok certificate verify | list

  start    open the instance (the default)
  doctor   look for what is wrong with this machine, this configuration and this data directory
  config   print every setting with its value, where it differs from the default, secrets masked
  control copy
           copy tenants, people, keys, sessions and the audit log to an empty control database and read all of it back;
           FROM and TO are data directories or postgres:// URLs, of programs that do not run
  audit verify
           recompute the chains of the audit log (or one: a tenant's id, or @operators), of a program that runs or not, or
           of an exported file, and say which entry of which chain was removed, changed or inserted; exit code 1 then.
           With --public-key only checkpoints signed with the keys in FILE are trusted (signing/public.pem of the data
           directory, kept elsewhere)
  tenant   the life of tenants, on a running instance; hanok tenant --help
  certificate
           checks what a deleted tenant left; hanok certificate --help
`;

async function run(args: readonly string[]): Promise<number> {
  if (args[0] === 'control' && args[1] === 'copy' && args.length === 4) {
    const { copyControlPlane } = await import('./control-copy.ts');
    const log = openLog('warn', process.stderr.isTTY === true);
    process.stdout.write(await copyControlPlane(args[2]!, args[3]!, { clock: systemClock, log }));
    return 0;
  }
  if (args[0] === 'audit') {
    const { auditVerify, readAuditOptions } = await import('./audit-verify.ts');
    const options = readAuditOptions(args.slice(1));
    if (options === undefined) {
      process.stderr.write(USAGE);
      return 2;
    }
    const log = openLog('warn', process.stderr.isTTY === true);
    const { ok, text } = await auditVerify(options, process.env, { clock: systemClock, log });
    process.stdout.write(text);
    return ok ? 0 : 1;
  }
  const at = args.indexOf('--config');
  const file = at < 0 ? undefined : args[at + 1];
  const words = args.filter((_, i) => at < 0 || (i !== at && i !== at + 1));
  if (words[0] === 'tenant' || words[0] === 'certificate') {
    const { operatorCommand } = await import('./operator-commands.ts');
    return operatorCommand(words, process.env, readConfig(CONFIG_SLICES, process.env, file), (text) =>
      process.stdout.write(text),
    );
  }
  const command = words[0] ?? 'start';
  if (words.length > 1 || (at >= 0 && file === undefined) || !['start', 'doctor', 'config'].includes(command)) {
    process.stderr.write(USAGE);
    return command === 'help' || command === '--help' ? 0 : 2;
  }
  if (command === 'doctor') return doctor(process.env, file, root);
  const config = readConfig(CONFIG_SLICES, process.env, file);
  if (command === 'config') {
    const { printConfig } = await import('./print-config.ts');
    process.stdout.write(printConfig(config));
    return 0;
  }
  return serve(config);
}

async function serve(config: ReturnType<typeof readConfig<typeof CONFIG_SLICES>>): Promise<number> {
  const log = openLog(config.main.logLevel, process.stderr.isTTY === true);
  endOnFaults(log);
  const began = performance.now();
  let asked: number | undefined;
  const stop = new Promise<string>((resolve) => {
    const onSignal = (signal: NodeJS.Signals) => {
      if (asked === undefined) {
        asked = performance.now();
        return resolve(signal);
      }
      if (signal === 'SIGHUP' || performance.now() - asked < ONE_SIGNAL_MS) return;
      log.warn({}, 'a second signal: closing at once; what was acknowledged is in the journal');
      process.exit(130);
    };
    // Listened to from first to last: between two listeners a signal would find none and end the process half-way.
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onSignal);
  });
  const hanok = await openHanok(config, log, root);
  process.stdout.write(
    banner({
      ui: hanok.ui,
      otlpHttp: hanok.otlpHttp,
      otlpGrpc: hanok.otlpGrpc,
      dataDir: hanok.dataDir,
      readyMs: performance.now() - began,
      terminal: process.stdout.isTTY === true,
      first: hanok.first && { ...hanok.first, file: `${hanok.dataDir}/bootstrap.json` },
    }),
  );
  keepCompiledCode();
  collectAtRest();
  const signal = await stop;
  log.info({ signal }, 'closing: ports shut, records in hand are finished');
  await hanok.close();
  log.info({}, 'closed');
  return 0;
}

try {
  process.exitCode = await run(process.argv.slice(2));
} catch (error) {
  process.stderr.write(
    isHanokError(error)
      ? `hanok: ${error.message}${error.at ? ` (${error.at})` : ''}${error.fix ? `\n       ${error.fix}` : ''}\n`
      : `${(error as Error).stack ?? error}\n`,
  );
  process.exitCode = 1;
}
// Threads and sockets of a half-opened instance must not keep a failed start alive.
if (process.exitCode !== 0 && process.exitCode !== undefined) process.exit();
