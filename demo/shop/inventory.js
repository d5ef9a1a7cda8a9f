/** Stock. Its fault: a cache of reservations that is never emptied. */
'use strict';
const { Pool } = require('pg');
const { createService, setting } = require('./service.js');

const ENTRY_BYTES = 256 * 1024;
/** The leak stops here, so that the demo does not take its host down. */
const MOST_ENTRIES = 1_600;
const REPORT_EVERY = 40;

const database = new Pool({ connectionString: setting('DATABASE_URL'), max: 4 });
const faults = { leak: 0 };
const { app, log, start } = createService({ faults, close: () => database.end() });

let cache = [];
function remember(reservation) {
  if (faults.leak === 0) {
    if (cache.length > 0) log.info({ entries: cache.length }, 'reservation cache emptied');
    cache = [];
    return;
  }
  if (cache.length >= MOST_ENTRIES) return;
  // Numbers in an array live on the JavaScript heap, where the heap metrics see them.
  cache.push({ reservation, history: new Array(ENTRY_BYTES / 8).fill(reservation.productId + 0.5) });
  if (cache.length % REPORT_EVERY === 0) {
    const megabytes = Math.round((cache.length * ENTRY_BYTES) / 2 ** 20);
    log.warn({ entries: cache.length, megabytes }, `reservation cache holds ${megabytes} MB and is never emptied`);
  }
}

app.post('/reserve', async (request, response) => {
  const { productId, quantity } = request.body;
  const { rows } = await database.query(
    'UPDATE products SET stock = stock - $2, sold = sold + $2 WHERE id = $1 AND stock >= $2 RETURNING stock',
    [productId, quantity],
  );
  if (rows.length === 0) {
    log.warn({ productId, quantity }, `product ${productId} is out of stock`);
    return response.status(409).json({ error: 'out of stock' });
  }
  remember({ productId, quantity, at: Date.now() });
  log.info({ productId, quantity, stock: rows[0].stock }, `reserved ${quantity} of product ${productId}`);
  response.json({ stock: rows[0].stock });
});

start();
