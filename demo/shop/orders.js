/** Takes an order: reserves, charges, stores it, and puts the mail to the customer on the queue. */
'use strict';
const amqp = require('amqplib');
const { Pool } = require('pg');
const { call, createService, setting } = require('./service.js');

const QUEUE = 'order-placed';

async function main() {
  const database = new Pool({ connectionString: setting('DATABASE_URL'), max: 4 });
  const connection = await amqp.connect(setting('AMQP_URL'));
  const channel = await connection.createConfirmChannel();
  await channel.assertQueue(QUEUE, { durable: true });
  const close = async () => {
    await connection.close();
    await database.end();
  };
  const { app, log, start } = createService({ close });

  app.post('/orders', async (request, response) => {
    const { productId, quantity, email, card } = request.body;
    const product = await call(`${setting('CATALOG_URL')}/products/${productId}`);
    const amount = product.price * quantity;
    await call(`${setting('INVENTORY_URL')}/reserve`, { method: 'POST', body: { productId, quantity } });
    const { paymentId } = await call(`${setting('PAYMENT_URL')}/charge`, { method: 'POST', body: { amount, card } });
    const { rows } = await database.query(
      `INSERT INTO orders (product_id, quantity, amount, email, payment_id) VALUES ($1, $2, $3, $4, $5) RETURNING id`,
      [productId, quantity, amount, email, paymentId],
    );
    const orderId = Number(rows[0].id);
    channel.sendToQueue(QUEUE, Buffer.from(JSON.stringify({ orderId, productId, quantity, amount, email })), {
      persistent: true,
      contentType: 'application/json',
    });
    await channel.waitForConfirms();
    log.info({ orderId, productId, amount }, `order ${orderId} placed: ${quantity} × ${product.name}, ${amount} KRW`);
    response.status(201).json({ orderId, amount });
  });

  app.get('/orders', async (_request, response) => {
    const { rows } = await database.query(
      'SELECT id, product_id, amount, placed_at FROM orders ORDER BY id DESC LIMIT 10',
    );
    response.json(rows);
  });

  start();
}

main();
