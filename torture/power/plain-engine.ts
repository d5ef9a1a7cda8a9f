/**
 * The control: the engine as it comes, with the tables it makes by default, taken at its word. `write DIR N` inserts N
 * blocks and says `ack i` when an insert has been answered; `read DIR` prints which blocks are whole.
 */
import { writeSync } from 'node:fs';
import { Session } from 'chdb';

const [what, dir, count] = process.argv.slice(2);
const ROWS = 50;
const session = new Session(`${dir}/data`, { connectionArgs: [] });
if (what === 'write') {
  session.query(
    'CREATE TABLE default.records (block UInt32, n UInt32, text String) ENGINE = MergeTree ORDER BY (block, n)',
  );
  writeSync(1, 'ack 0\n');
  for (let i = 1; i <= Number(count); i++) {
    session.query(
      `INSERT INTO default.records SELECT ${i}, number, repeat(toString(number), 20) FROM numbers(${ROWS})`,
    );
    writeSync(1, `ack ${i}\n`);
  }
  // A moment for merges; then the power goes.
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  process.kill(process.pid, 'SIGKILL');
} else {
  const text = session.query(
    `SELECT block FROM default.records GROUP BY block HAVING count() = ${ROWS} AND sum(length(text)) > 0`,
    'TabSeparated',
  );
  writeSync(1, `blocks ${String(text).trim().split('\n').join(' ')}\n`);
  process.exit(0);
}
