/** `npm run torture -- --NAME [ARGUMENTS]`: runs torture/NAME.ts; without a name, lists what there is. */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const folder = import.meta.dirname;
const names = readdirSync(folder, { withFileTypes: true })
  .filter((entry) => entry.isFile() && entry.name.endsWith('.ts') && entry.name !== 'run.ts')
  .map((entry) => entry.name.replace(/\.ts$/, ''))
  .sort();
const args = process.argv.slice(2);
const name = args.find((argument) => argument.startsWith('--'))?.slice(2);
if (name === undefined || !names.includes(name)) {
  if (name !== undefined) console.error(`no torture called ${name}`);
  for (const one of names) {
    const about = /^\/\*\*?([\s\S]*?)\*\//.exec(readFileSync(join(folder, `${one}.ts`), 'utf8'))?.[1] ?? '';
    const [usage, what] = about
      .replace(/\s*\n\s*\*?\s*/g, ' ')
      .trim()
      .split('`: ');
    console.log(`${(usage ?? one).replace('`', '').padEnd(60)} ${what?.split('. ')[0] ?? ''}`);
  }
  process.exit(name === undefined ? 0 : 2);
}
const result = spawnSync(process.execPath, [join(folder, `${name}.ts`), ...args], { stdio: 'inherit' });
process.exit(result.status ?? 1);
