/**
 * Counts that may only fall. `scripts/ratchets.json` has today's numbers; a lower count is written back with
 * `--write`, a higher one is an error that names the places.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readSources } from './check-modules.ts';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const path = join(root, 'scripts', 'ratchets.json');

const sources = readSources();
const production = sources.filter((file) => !/\.test\.tsx?$|\/testkit/.test(file.path));
/** Suppressions are comments themselves; everything else in a comment is only talk. */
const matches = (pattern: RegExp, files = production, inComments = false) =>
  files.flatMap((file) =>
    file.text
      .split('\n')
      .flatMap((line, i) =>
        pattern.test(line) && (inComments || !/^\s*(\*|\/\/)/.test(line)) ? [`${file.path}:${i + 1}`] : [],
      ),
  );
const dependencies = ['contract', 'server', 'web', '.'].flatMap((folder) =>
  Object.keys(
    (JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8')) as { dependencies?: Record<string, string> })
      .dependencies ?? {},
  ).filter((name) => !name.startsWith('@hanok/')),
);

/** Old names of what is on disk are read for good. */
const METAPHORS_ALLOWED = ['server/src/journal/embedded/dead-letters', 'web/src/kit/mark.tsx'];

const found: Record<string, string[]> = {
  any: matches(/[:<]\s*any\s*[[\]>,;)=|&{]|\bas any\b/),
  'double casts': matches(/as unknown as/),
  suppressions: matches(/biome-ignore|@ts-ignore|@ts-expect-error/, sources, true),
  'files over 500 lines': production.filter((file) => file.text.split('\n').length > 500).map((file) => file.path),
  'skipped tests': matches(/\b(?:it|test|describe)\.(?:skip|todo|only)\(/, sources),
  'run-time dependencies': [...new Set(dependencies)],
  // A comment says what it is about: "Bytes of one request", not "Of one request".
  'comments without a subject': matches(/^\s*(?:\/\*\*|\/\/|\*) Of (?!course\b)/, sources, true),
  // Names of the field instead: tenant, instance, module, ingest, quarantine.
  metaphors: matches(
    /\b(?:houses?|front.?doors?|knock|purse|greetStranger|bur(?:y|ied)|exhume|besiege|courtyard)\b/i,
    sources,
    true,
  ).filter((place) => !METAPHORS_ALLOWED.some((file) => place.startsWith(file))),
};

const limits = JSON.parse(readFileSync(path, 'utf8')) as Record<string, number>;
let worse = false;
for (const [what, places] of Object.entries(found)) {
  const limit = limits[what] ?? 0;
  console.log(`${what.padEnd(24)} ${String(places.length).padStart(4)} of ${limit}`);
  if (places.length > limit) {
    worse = true;
    console.error(`  more than before:\n    ${places.join('\n    ')}`);
  }
}
if (process.argv.includes('--write')) {
  writeFileSync(
    path,
    `${JSON.stringify(Object.fromEntries(Object.entries(found).map(([what, places]) => [what, places.length])), null, 2)}\n`,
  );
} else if (worse) process.exit(1);
