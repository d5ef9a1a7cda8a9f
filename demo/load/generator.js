/** Visits one shop like its customers do. PUT {"rate": n} changes the visits per second; it is not instrumented. */
'use strict';
const { createServer } = require('node:http');

const shop = process.env.SHOP_URL;
let rate = Number(process.env.RATE);
let inFlight = 0;
const counts = { visits: 0, errors: 0 };
/** Visits beyond this wait for earlier ones, as a browser pool would. */
const MOST_IN_FLIGHT = 200;
const TERMS = ['Celadon', 'Walnut', 'lamp', 'bowl', 'Hanji', 'teapot', '청자', '항아리', '모시', 'cushion'];

const pick = (list) => list[Math.floor(Math.random() * list.length)];
const product = () => 1 + Math.floor(Math.random() ** 2 * 300);

async function get(path) {
  const response = await fetch(`${shop}${path}`);
  await response.arrayBuffer();
  if (response.status >= 500) counts.errors++;
}

async function buy() {
  const response = await fetch(`${shop}/api/buy`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      productId: product(),
      quantity: 1 + Math.floor(Math.random() * 3),
      email: `customer${Math.floor(Math.random() * 500)}@example.com`,
      card: `****${1000 + Math.floor(Math.random() * 9000)}`,
    }),
  });
  await response.arrayBuffer();
  if (response.status >= 500) counts.errors++;
}

async function visit() {
  const dice = Math.random();
  if (dice < 0.4) return get(`/api/products?q=${encodeURIComponent(pick(TERMS))}`);
  if (dice < 0.68) return get(`/api/products/${product()}`);
  if (dice < 0.7) return get('/api/products/9999');
  if (dice < 0.78) return get('/api/orders');
  return buy();
}

function next() {
  // Exponential gaps: visits come independently of one another. At rate 0 the switch is looked at again in a second.
  const gap = rate > 0 ? (-Math.log(1 - Math.random()) / rate) * 1000 : 1000;
  setTimeout(() => {
    if (rate > 0 && inFlight < MOST_IN_FLIGHT) {
      inFlight++;
      counts.visits++;
      visit()
        .catch(() => counts.errors++)
        .finally(() => inFlight--);
    }
    next();
  }, gap);
}

createServer((request, response) => {
  let body = '';
  request.on('data', (bytes) => (body += bytes));
  request.on('end', () => {
    if (request.method === 'PUT') rate = Number(JSON.parse(body).rate);
    response.setHeader('content-type', 'application/json').end(JSON.stringify({ rate, ...counts }));
  });
}).listen(Number(process.env.PORT), '127.0.0.1');
process.on('SIGTERM', () => process.exit(0));
next();
