/** Consumes the queue and mails customers. Has no port; runs under PM2, and its log is what PM2 writes. */
'use strict';
const amqp = require('amqplib');
const { call, latency, pino, setting } = require('./service.js');

const QUEUE = 'order-placed';
const log = pino();

async function send(order) {
  const product = await call(`${setting('CATALOG_URL')}/products/${order.productId}`);
  await latency(60);
  if (Math.random() < 0.02) {
    log.warn({ orderId: order.orderId }, `mail server greylisted ${order.email}, trying again`);
    await latency(300);
  }
  log.info(
    { orderId: order.orderId, productId: order.productId },
    `mailed ${order.email}: order ${order.orderId}, ${order.quantity} × ${product.name}`,
  );
}

async function main() {
  const connection = await amqp.connect(setting('AMQP_URL'));
  const channel = await connection.createChannel();
  await channel.assertQueue(QUEUE, { durable: true });
  await channel.prefetch(5);
  await channel.consume(QUEUE, async (message) => {
    if (message === null) return;
    try {
      await send(JSON.parse(message.content.toString()));
      channel.ack(message);
    } catch (error) {
      log.error({ err: error }, `mail not sent: ${error.message}`);
      channel.nack(message, false, !message.fields.redelivered);
    }
  });
  console.log(`mailer is waiting for ${QUEUE}`); // a plain line between JSON ones, as real logs have them
  const end = async () => {
    await connection.close();
    setTimeout(() => process.exit(0), 2_000).unref();
  };
  process.once('SIGTERM', end);
  process.once('SIGINT', end);
}

main();
