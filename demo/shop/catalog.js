/** Products and search. Its fault: a search that also counts mentions in reviews, which no index supports. */
'use strict';
const { Pool } = require('pg');
const { createService, setting } = require('./service.js');

/** How long the slow statement should take on this machine, whatever its speed. */
const SLOW_MS = 1_800;
const PRODUCTS = 300;

const database = new Pool({ connectionString: setting('DATABASE_URL'), max: 6 });
const faults = { slowQuery: 0 };
const { app, log, start } = createService({ faults, close: () => database.end() });

const SEARCH = `SELECT id, name, name_ko, price, sold FROM products
 WHERE name ILIKE '%' || $1 || '%' OR name_ko LIKE '%' || $1 || '%' ORDER BY sold DESC, id LIMIT 12`;

const MENTIONS = `SELECT p.id, p.name, p.name_ko, p.price, p.sold, count(r.id) AS mentions
 FROM products p JOIN reviews r ON r.body ILIKE '%' || p.name || '%'
 WHERE p.id <= $1 GROUP BY p.id ORDER BY mentions DESC, p.id LIMIT 12`;

/** Products the slow statement looks at; follows what the machine needs to be slow enough to see, not more. */
let considered = 8;
const adjust = (durationMs) => {
  considered = Math.min(PRODUCTS, Math.max(2, Math.round((considered * SLOW_MS) / Math.max(durationMs, 1))));
};

/** A first look at how fast the machine is, before the first customer comes; the first statement only warms up. */
async function measure() {
  await database.query(MENTIONS, [considered]);
  const began = performance.now();
  await database.query(MENTIONS, [considered]);
  adjust(performance.now() - began);
}

async function searchMentions(term) {
  const began = performance.now();
  const { rows } = await database.query(MENTIONS, [considered]);
  const durationMs = Math.round(performance.now() - began);
  log.warn(
    { durationMs, rows: rows.length, considered, statement: MENTIONS.replaceAll(/\s+/g, ' ') },
    `slow query: ${durationMs} ms for "${term}", sequential scan of reviews (no index on reviews.body)`,
  );
  adjust(durationMs);
  return rows;
}

/** Counts up to the next slow search: a share of 0.05 makes every twentieth slow, the first one soon. */
let due = 0.8;
function isDue(term) {
  if (term === '') return false;
  due += faults.slowQuery;
  if (due < 1) return false;
  due -= 1;
  return true;
}

app.get('/products', async (request, response) => {
  const term = String(request.query.q ?? '');
  const slow = request.query.reviews === '1' || isDue(term);
  const rows = slow ? await searchMentions(term) : (await database.query(SEARCH, [term])).rows;
  log.info({ term, found: rows.length }, `search "${term}" found ${rows.length} products`);
  response.json(rows);
});

app.get('/products/:id', async (request, response) => {
  const { rows } = await database.query('SELECT id, name, name_ko, price, stock FROM products WHERE id = $1', [
    request.params.id,
  ]);
  if (rows.length === 0) {
    log.warn({ productId: request.params.id }, `product ${request.params.id} does not exist`);
    return response.status(404).json({ error: 'no such product' });
  }
  const reviews = await database.query('SELECT stars, body FROM reviews WHERE id BETWEEN $1 AND $1 + 2', [rows[0].id]);
  response.json({ ...rows[0], reviews: reviews.rows });
});

measure().then(start);
