/** The shop's front: the page, the calls behind it, and the demo's switches. */
'use strict';
const { readFileSync } = require('node:fs');
const { join } = require('node:path');
const { call, createService, setting } = require('./service.js');

const page = readFileSync(join(__dirname, 'page.html'), 'utf8')
  .replaceAll('{{SHOP}}', setting('SHOP_NAME'))
  .replaceAll('{{HANOK}}', setting('HANOK_URL'));
const { app, log, start } = createService();

app.get('/', (_request, response) => response.type('html').send(page));

app.get('/api/products', async (request, response) => {
  const query = new URLSearchParams(request.query);
  response.json(await call(`${setting('CATALOG_URL')}/products?${query}`));
});

app.get('/api/products/:id', async (request, response) => {
  response.json(await call(`${setting('CATALOG_URL')}/products/${request.params.id}`));
});

app.get('/api/orders', async (_request, response) => {
  response.json(await call(`${setting('ORDERS_URL')}/orders`));
});

app.post('/api/buy', async (request, response) => {
  const { productId, quantity = 1, email, card } = request.body;
  log.info({ productId, quantity }, `buying ${quantity} of product ${productId}`);
  const order = await call(`${setting('ORDERS_URL')}/orders`, {
    method: 'POST',
    body: { productId, quantity, email, card },
  });
  response.status(201).json(order);
});

/** The switches: a fault is a share of requests from 0 to 1, the rate is requests per second. */
const switches = JSON.parse(setting('SWITCHES'));
const homes = { slowQuery: 'CATALOG_URL', errors: 'PAYMENT_URL', leak: 'INVENTORY_URL' };

async function apply(changes) {
  for (const [name, value] of Object.entries(changes)) {
    if (!(name in switches) || typeof value !== 'number' || !(value >= 0 && value <= 500)) continue;
    switches[name] = value;
    if (name in homes) await call(`${setting(homes[name])}/faults`, { method: 'PUT', body: { [name]: value } });
    else await call(setting('LOAD_URL'), { method: 'PUT', body: { rate: value } });
  }
  return switches;
}

app.get('/demo/switches', (_request, response) => response.json(switches));
app.post('/demo/switches', async (request, response) => response.json(await apply(request.body)));

start();
