/**
 * The module boundaries: direction, entrances and cycles, from server/modules.ts and web/modules.ts. Every breach is an error. It also fails when it sees
 * too little, so that a broken reader cannot pass for a clean instance.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { MODULES, type Module } from '../server/modules.ts';
import { WEB_MODULES, type WebModule } from '../web/modules.ts';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
// In the browser's half `services` are OpenTelemetry's, a word of the field.
const FORBIDDEN_FOLDERS = new Set(['utils', 'util', 'common', 'shared', 'helpers', 'services', 'misc', 'lib']);

export interface SourceFile {
  /** Relative to the repository. */
  readonly path: string;
  readonly text: string;
}

interface Import {
  readonly from: string;
  readonly to: string;
  readonly specifier: string;
  readonly typeOnly: boolean;
  /** Loaded when it is needed: no part of a cycle at start. */
  readonly late: boolean;
}

const STATEMENT = /^\s*(import|export)\s+(type\s+)?(?:[^'"`;]*?\sfrom\s+)?['"]([^'"]+)['"]/gm;
const DYNAMIC = /\bimport\(\s*['"]([^'"]+)['"]\s*\)/g;

function importsOf(file: SourceFile): Import[] {
  const found: Import[] = [];
  const add = (specifier: string, typeOnly: boolean, late: boolean) => {
    const to = specifier.startsWith('.') ? relative(root, resolve(root, dirname(file.path), specifier)) : specifier;
    found.push({ from: file.path, to, specifier, typeOnly, late });
  };
  for (const match of file.text.matchAll(STATEMENT)) add(match[3]!, Boolean(match[2]), false);
  for (const match of file.text.matchAll(DYNAMIC)) add(match[1]!, false, true);
  return found;
}

function moduleOf(path: string): Module | undefined {
  const match = /^server\/src\/([^/]+)\//.exec(path);
  return match && match[1]! in MODULES ? (match[1] as Module) : undefined;
}

interface WebPlace {
  readonly module: WebModule;
  /** The folder under `features`. */
  readonly feature: string | undefined;
}

function webPlaceOf(path: string): WebPlace | undefined {
  const match = /^web\/src\/([^/]+)\/(?:([^/]+)\/)?/.exec(path);
  if (!match || !(match[1]! in WEB_MODULES)) return undefined;
  const module = match[1] as WebModule;
  return { module, feature: module === 'features' ? match[2] : undefined };
}

/** Starts the program; everything else stands in a module. */
const WEB_ENTRY = 'web/src/main.tsx';
const isMessages = (path: string) => /\/messages\.(?:en|ko)\.ts$/.test(path);

/** What is wrong with an import between two files of the browser's half. */
function webBreach(from: string, to: string): string | undefined {
  if (!to.startsWith('web/src/')) return undefined;
  const here = webPlaceOf(from);
  const there = webPlaceOf(to);
  if (!here || !there) return undefined;
  if (here.module === there.module && here.feature === there.feature) return undefined;
  if (isMessages(to))
    return /^web\/src\/i18n\/catalogue\./.test(from) ? undefined : 'messages are read through t() alone';
  if (here.module === 'features' && there.module === 'features')
    return `the feature ${here.feature} may not import the feature ${there.feature}; what both need stands in kit`;
  return (WEB_MODULES[here.module] as readonly string[]).includes(there.module)
    ? undefined
    : `${here.module} may not import ${there.module} (web/modules.ts)`;
}

const isTest = (path: string) => /\.test\.tsx?$|\/testkit(\.ts$|\/)/.test(path);

/** Good enough for looking for words: strings that contain comment signs lose a little too much. */
function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/(^|\s)\/\/.*$/gm, '$1');
}

export function checkModules(files: readonly SourceFile[]): string[] {
  const problems: string[] = [];
  const edges = new Map<string, string[]>();
  for (const file of files) {
    for (const part of dirname(file.path).split('/')) {
      if (FORBIDDEN_FOLDERS.has(part) && !/^web\/src\/(?:features|kit)\/services\//.test(file.path))
        problems.push(`${file.path}: a folder may not be called ${part}`);
    }
    const here = moduleOf(file.path);
    if (file.path.startsWith('server/src/') && !here)
      problems.push(`${file.path}: not in a module of server/modules.ts`);
    if (file.path.startsWith('web/src/') && file.path !== WEB_ENTRY && !webPlaceOf(file.path))
      problems.push(`${file.path}: not in a module of web/modules.ts`);
    if (here && here !== 'main' && !isTest(file.path) && /\bprocess\.env\b/.test(withoutComments(file.text))) {
      problems.push(`${file.path}: a module may not read process.env; declare a setting in config.ts`);
    }
    for (const one of importsOf(file)) {
      if (
        file.path.startsWith('contract/') &&
        !one.specifier.startsWith('.') &&
        one.specifier !== 'zod' &&
        !isTest(file.path)
      ) {
        problems.push(`${file.path}: contract may import nothing but zod, not ${one.specifier}`);
      }
      if (file.path.startsWith('web/src/') && /^(#|@hanok\/server)|server\/src/.test(one.to)) {
        problems.push(`${file.path}: web may import the contract only, not ${one.specifier}`);
      }
      if (file.path.startsWith('web/src/') && one.specifier.startsWith('.') && !isTest(file.path)) {
        const breach = webBreach(file.path, one.to);
        if (breach) problems.push(`${file.path}: ${breach}`);
        if (!one.typeOnly && !one.late) edges.set(file.path, [...(edges.get(file.path) ?? []), one.to]);
      }
      if (!here) continue;
      const entrance = /^#([a-z]+)$/.exec(one.specifier)?.[1];
      if (one.specifier.startsWith('#') && !isTest(file.path) && (!entrance || !(entrance in MODULES)))
        problems.push(`${file.path}: ${one.specifier} is not a entrance`);
      if (
        entrance &&
        entrance !== here &&
        !isTest(file.path) &&
        !(MODULES[here] as readonly string[]).includes(entrance)
      ) {
        problems.push(`${file.path}: ${here} may not import ${entrance} (server/modules.ts)`);
      }
      if (one.specifier.startsWith('.')) {
        const there = moduleOf(one.to);
        if (there !== here && !isTest(file.path))
          problems.push(`${file.path}: ${one.specifier} leaves the module by a window; use #${there ?? '…'}`);
        if (!one.typeOnly && !isTest(file.path)) edges.set(file.path, [...(edges.get(file.path) ?? []), one.to]);
      }
      if (entrance === here && !isTest(file.path))
        problems.push(`${file.path}: imports its own entrance; use a relative path`);
    }
  }
  for (const cycle of cycles(edges)) problems.push(`cycle: ${cycle.join(' → ')}`);
  return problems;
}

/** Strongly connected components of more than one file (Tarjan, iterative enough for a few thousand files). */
function cycles(edges: ReadonlyMap<string, readonly string[]>): string[][] {
  const index = new Map<string, number>();
  const low = new Map<string, number>();
  const stack: string[] = [];
  const onStack = new Set<string>();
  const found: string[][] = [];
  const visit = (node: string): void => {
    index.set(node, index.size);
    low.set(node, index.get(node)!);
    stack.push(node);
    onStack.add(node);
    for (const next of edges.get(node) ?? []) {
      if (!index.has(next)) {
        visit(next);
        low.set(node, Math.min(low.get(node)!, low.get(next)!));
      } else if (onStack.has(next)) low.set(node, Math.min(low.get(node)!, index.get(next)!));
    }
    if (low.get(node) !== index.get(node)) return;
    const component: string[] = [];
    for (;;) {
      const top = stack.pop()!;
      onStack.delete(top);
      component.push(top);
      if (top === node) break;
    }
    if (component.length > 1) found.push(component.reverse());
  };
  for (const node of edges.keys()) if (!index.has(node)) visit(node);
  return found;
}

export function readSources(): SourceFile[] {
  return ['contract/src', 'server/src', 'web/src'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name))
      .map((entry) => {
        const path = relative(root, join(entry.parentPath, entry.name));
        return { path, text: readFileSync(join(root, path), 'utf8') };
      }),
  );
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const files = readSources();
  const problems = checkModules(files);
  for (const module of Object.keys(MODULES)) {
    if (!files.some((file) => file.path === `server/src/${module}/index.ts`))
      problems.push(`module ${module} has no entrance (index.ts)`);
  }
  for (const module of Object.keys(WEB_MODULES)) {
    if (!files.some((file) => file.path.startsWith(`web/src/${module}/`)))
      problems.push(`web module ${module} is empty`);
  }
  if (files.length < 60) problems.push(`only ${files.length} files seen; the reader is broken`);
  for (const problem of problems) console.error(problem);
  console.log(`module boundaries: ${files.length} files, ${problems.length} breaches`);
  process.exit(problems.length === 0 ? 0 : 1);
}
