import { existsSync, readdirSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { join, resolve } from 'node:path';
import { decideHandleShares, isHanokError, readConfig, readHandleLimit } from '#base';
import { DAMAGED_FOLDER, inspectJournal } from '#journal';
import { decideBudget } from '#store';
import { extent } from './damage-notice.ts';
import { readDisk } from './free-disk.ts';
import { handleStores } from './handle-stores.ts';
import { readMachineMemory } from './machine-memory.ts';
import { CONFIG_SLICES } from './slices.ts';
import { wantedConnections } from './wanted-connections.ts';

interface Finding {
  readonly what: string;
  readonly level: 'ok' | 'warn' | 'bad';
  readonly detail: string;
  readonly fix?: string;
}

const GiB = 1024 ** 3;

/** Looks, changes nothing, says how to mend what it finds. The exit code: 1 when something is bad. */
export async function doctor(environment: NodeJS.ProcessEnv, file: string | undefined, root: string): Promise<number> {
  const findings: Finding[] = [];
  const add = (what: string, level: Finding['level'], detail: string, fix?: string) =>
    findings.push({ what, level, detail, ...(fix === undefined ? {} : { fix }) });

  const major = Number(process.versions.node.split('.')[0]);
  add(
    'Node',
    major >= 24 ? 'ok' : 'bad',
    process.versions.node,
    major >= 24 ? undefined : 'run it through npm: `npm run doctor`, which uses the Node 24 of node_modules',
  );
  const report = process.report.getReport() as { header?: { glibcVersionRuntime?: string } };
  const glibc = report.header?.glibcVersionRuntime;
  add(
    'C library',
    glibc ? 'ok' : 'bad',
    glibc ? `glibc ${glibc}` : 'not glibc',
    glibc ? undefined : 'the engine needs glibc (Debian, Ubuntu, RHEL and kin); on Alpine set HANOK_CLICKHOUSE_URL',
  );

  let config: ReturnType<typeof readConfig<typeof CONFIG_SLICES>> | undefined;
  try {
    config = readConfig(CONFIG_SLICES, environment, file);
    add('configuration', 'ok', file ? `environment and ${file}` : 'environment and defaults');
  } catch (error) {
    add('configuration', 'bad', (error as Error).message, isHanokError(error) ? error.fix : undefined);
  }

  if (config) {
    const dataDir = resolve(config.main.dataDir);
    if (!existsSync(dataDir)) add('data directory', 'ok', `${dataDir} will be made on the first start`);
    else {
      const mode = statSync(dataDir).mode & 0o777;
      add(
        'data directory',
        mode & 0o077 ? 'warn' : 'ok',
        `${dataDir}, mode ${mode.toString(8)}`,
        mode & 0o077 ? `chmod 700 ${dataDir}` : undefined,
      );
      const secrets = join(dataDir, 'bootstrap.json');
      if (existsSync(secrets)) {
        const open = statSync(secrets).mode & 0o077;
        add(
          'first credentials',
          open ? 'bad' : 'warn',
          `${secrets} still has the first passwords`,
          open ? `chmod 600 ${secrets}` : 'change the passwords, then delete the file',
        );
      }
    }
    for (const finding of await inspectJournals(join(dataDir, 'journal'))) findings.push(finding);
    const { most } = decideBudget(config.store, readMachineMemory());
    const stores = handleStores(new Set([...journalsIn(join(dataDir, 'journal')), 'pool']).size, most);
    const shares = decideHandleShares(readHandleLimit(), stores, wantedConnections(config));
    add(
      'file handles',
      shares.reduced ? 'warn' : 'ok',
      `${shares.limit ?? 'no limit known'}; ${shares.kept} kept for ${stores} stores and files; connections: ${Object.entries(
        shares.most,
      )
        .map(([port, most]) => `${port} ${most}`)
        .join(', ')}`,
      shares.reduced
        ? 'raise the limit (ulimit -n, LimitNOFILE= in systemd), or ports take fewer than configured'
        : undefined,
    );
    const disk = await readDisk(existsSync(dataDir) ? dataDir : root);
    const reserve = config.journal.diskReserveBytes;
    add(
      'disk',
      disk.freeBytes < reserve ? 'bad' : disk.freeBytes < 4 * reserve ? 'warn' : 'ok',
      `${(disk.freeBytes / GiB).toFixed(1)} GiB free of ${(disk.totalBytes / GiB).toFixed(1)}; intake stops below ${(reserve / GiB).toFixed(1)}`,
      disk.freeBytes < 4 * reserve ? 'free space, or lower the retention' : undefined,
    );

    const running = await fetch(`http://127.0.0.1:${config.edge.httpPort}/health/ready`, {
      signal: AbortSignal.timeout(2_000),
    }).then(
      (answer) =>
        answer.json() as Promise<{ ready: boolean; parts: Record<string, { ready: boolean; detail?: string }> }>,
      () => undefined,
    );
    if (running && typeof running.parts === 'object') {
      for (const [part, state] of Object.entries(running.parts))
        add(`running: ${part}`, state.ready ? 'ok' : 'bad', state.detail ?? (state.ready ? 'ready' : 'not ready'));
    } else {
      for (const [name, port] of [
        ['HANOK_HTTP_PORT', config.edge.httpPort],
        ['HANOK_OTLP_HTTP_PORT', config.receivers.httpPort],
        ['HANOK_OTLP_GRPC_PORT', config.receivers.grpcPort],
      ] as const) {
        const problem = await portProblem(config.main.bind, port);
        add(
          `port ${port}`,
          problem ? 'bad' : 'ok',
          problem ?? 'free',
          problem ? `stop what uses it, or set ${name}` : undefined,
        );
      }
    }
  }

  add(
    'user interface',
    existsSync(join(root, 'web', 'dist', 'index.html')) ? 'ok' : 'warn',
    existsSync(join(root, 'web', 'dist', 'index.html')) ? 'built' : 'not built yet',
    'npm start builds it',
  );

  for (const finding of findings) {
    process.stdout.write(
      `${{ ok: 'ok  ', warn: 'warn', bad: 'BAD ' }[finding.level]} ${finding.what.padEnd(24)} ${finding.detail}\n`,
    );
    if (finding.level !== 'ok' && finding.fix) process.stdout.write(`     ${''.padEnd(24)} → ${finding.fix}\n`);
  }
  const bad = findings.filter((finding) => finding.level === 'bad').length;
  process.stdout.write(bad === 0 ? '\nNothing stands in the way.\n' : `\n${bad} to mend.\n`);
  return bad === 0 ? 0 : 1;
}

function journalsIn(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder).sort() : [];
}

/** Reads every journal through and holds it against its checksums. */
async function inspectJournals(folder: string): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const store of journalsIn(folder)) {
    const what = `journal ${store}`;
    const fix = `what is damaged is left out by itself, the rest goes on; look at the disk (kernel log, SMART), then remove ${join(folder, store, DAMAGED_FOLDER)}`;
    try {
      const found = await inspectJournal(join(folder, store));
      const size = `${found.whole} whole requests in ${found.segments} segments, ${(found.bytes / 1024 ** 2).toFixed(1)} MiB`;
      findings.push({ what, level: found.problems.length > 0 ? 'bad' : 'ok', detail: size, fix });
      for (const { file, what: problem } of found.problems)
        findings.push({ what, level: 'bad', detail: `${file}: ${problem}`, fix });
      for (const damage of found.damages)
        findings.push({
          what,
          level: 'warn',
          detail: `on record: ${damage.file} at ${damage.offset}: ${damage.reason}; ${extent([damage], true)}`,
          fix,
        });
    } catch (error) {
      findings.push({ what, level: 'bad', detail: `cannot be read: ${String(error)}`, fix: 'run it as the same user' });
    }
  }
  return findings;
}

function portProblem(bind: string, port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', (error: NodeJS.ErrnoException) =>
      resolve(error.code === 'EADDRINUSE' ? 'in use by another program' : `${error.code}`),
    );
    probe.listen(port, bind, () => probe.close(() => resolve(undefined)));
  });
}
