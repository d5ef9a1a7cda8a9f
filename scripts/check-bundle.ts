/**
 * Budgets of the first load, gzip: what the browser must fetch before a screen is useful, that is everything the
 * entry and the screen import statically, styles and the larger of the two catalogues included.
 * `npm run build` first, or let this build when `web/dist` is missing or older than its sources.
 */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { ensureWebBuilt } from './install.mjs';

interface Chunk {
  readonly file: string;
  readonly imports?: readonly string[];
  readonly css?: readonly string[];
}

/** kB of 1,000 bytes. The first two are promises to users; the others keep one screen from growing unseen. */
const BUDGETS: ReadonlyArray<{ screen: string; module: string | undefined; limit: number }> = [
  { screen: 'login', module: 'src/features/login/login-screen.tsx', limit: 168 },
  { screen: 'home', module: 'src/features/home/home-screen.tsx', limit: 206 },
  { screen: 'services', module: 'src/features/services/services-screen.tsx', limit: 206 },
  { screen: 'service', module: 'src/features/service/service-screen.tsx', limit: 220 },
  { screen: 'metrics', module: 'src/features/metrics/metrics-screen.tsx', limit: 220 },
  { screen: 'settings', module: 'src/features/settings/settings-screen.tsx', limit: 220 },
  { screen: 'tenants', module: 'src/features/tenants/tenants-screen.tsx', limit: 220 },
  { screen: 'traces', module: 'src/features/traces/traces-screen.tsx', limit: 245 },
  { screen: 'trace', module: 'src/features/trace/trace-screen.tsx', limit: 245 },
  { screen: 'logs', module: 'src/features/logs/logs-screen.tsx', limit: 245 },
];
/** Loaded on demand; each counted without what the entry has already. */
const LAZY: ReadonlyArray<{ name: string; module: RegExp; limit: number }> = [
  { name: 'chart kit (uPlot)', module: /kit\/chart\/plot\.ts$/, limit: 35 },
  { name: 'query editor (CodeMirror)', module: /kit\/query-bar\/editor\.tsx$/, limit: 130 },
];

/** Features whose words a screen says beside its own; as the router loads them. */
const SHARED_WORDS: Readonly<Record<string, readonly string[]>> = { home: ['services'], service: ['services'] };

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const dist = join(root, 'web', 'dist');

ensureWebBuilt();
const manifestPath = join(dist, '.vite', 'manifest.json');
if (!existsSync(manifestPath)) {
  console.error('web/dist has no .vite/manifest.json: the build is incomplete');
  process.exit(1);
}
const manifest = JSON.parse(readFileSync(manifestPath, 'utf8')) as Readonly<Record<string, Chunk>>;

const sizes = new Map<string, number>();
function gzipSize(file: string): number {
  let size = sizes.get(file);
  if (size === undefined) {
    size = gzipSync(readFileSync(join(dist, file)), { level: 9 }).length;
    sizes.set(file, size);
  }
  return size;
}

/** Files that loading this chunk brings with it, styles too. */
function filesOf(key: string, seen = new Set<string>(), files = new Set<string>()): Set<string> {
  const chunk = manifest[key];
  if (!chunk || seen.has(key)) return files;
  seen.add(key);
  files.add(chunk.file);
  for (const style of chunk.css ?? []) files.add(style);
  for (const next of chunk.imports ?? []) filesOf(next, seen, files);
  return files;
}

const kilo = (bytes: number) => bytes / 1_000;
const sum = (files: Iterable<string>) => [...files].reduce((total, file) => total + gzipSize(file), 0);

const entry = Object.keys(manifest).find((key) => key === 'index.html');
const catalogues = Object.keys(manifest).filter((key) => /i18n\/catalogue\.(en|ko)\.ts$/.test(key));
if (!entry || catalogues.length !== 2) {
  console.error('The manifest lacks the entry or a catalogue: this check would see too little');
  process.exit(1);
}
const shell = filesOf(entry);
const language = catalogues.map((key) => filesOf(key)).sort((a, b) => sum(b) - sum(a))[0] ?? new Set<string>();

let over = 0;
function report(name: string, bytes: number, limit: number): void {
  const bad = kilo(bytes) > limit;
  if (bad) over++;
  console.log(`${bad ? 'OVER' : 'ok  '} ${name.padEnd(28)} ${kilo(bytes).toFixed(1).padStart(7)} of ${limit} kB`);
}

report('shell', sum(new Set([...shell, ...language])), 160);
for (const { screen, module, limit } of BUDGETS) {
  if (!module || !manifest[module]) {
    console.error(`OVER ${screen}: ${module} is not in the manifest`);
    over++;
    continue;
  }
  // The words of most screens are chunks of their own, loaded together with the screen.
  const words = [screen, ...(SHARED_WORDS[screen] ?? [])].map((feature) => `src/features/${feature}/messages.ko.ts`);
  const files = [...shell, ...language, ...filesOf(module), ...words.flatMap((one) => [...filesOf(one)])];
  report(screen, sum(new Set(files)), limit);
}
for (const { name, module, limit } of LAZY) {
  const key = Object.keys(manifest).find((candidate) => module.test(candidate));
  if (!key) {
    console.error(`OVER ${name}: not a chunk of its own any more`);
    over++;
    continue;
  }
  report(name, sum([...filesOf(key)].filter((file) => !shell.has(file))), limit);
}
if (process.argv.includes('--files'))
  for (const file of [...shell, ...language])
    console.log(`     ${file.padEnd(50)} ${kilo(gzipSize(file)).toFixed(1).padStart(7)}`);
process.exit(over === 0 ? 0 : 1);
