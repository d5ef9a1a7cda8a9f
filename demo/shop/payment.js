/** Charges cards at a bank that is only pretended. Logs through winston. Its fault: the bank does not answer. */
'use strict';
const winston = require('winston');
const { createService, latency } = require('./service.js');

const logger = winston.createLogger({
  level: 'info',
  format: winston.format.combine(
    winston.format.timestamp(),
    winston.format.errors({ stack: true }),
    winston.format.json(),
  ),
  transports: [new winston.transports.Console()],
});
const at = (level) => (fields, message) => {
  const { err, ...rest } = fields;
  logger.log(level, message, err === undefined ? rest : { ...rest, error: err.message, stack: err.stack });
};
const faults = { errors: 0 };
const { app, log, start } = createService({
  faults,
  log: { info: at('info'), warn: at('warn'), error: at('error') },
});

class BankTimeout extends Error {}

async function askBank(card, amount) {
  await latency(35);
  if (Math.random() < faults.errors) {
    await latency(250);
    throw new BankTimeout(`bank gateway did not answer for card ${card} (amount ${amount})`);
  }
  return `pay_${Math.random().toString(36).slice(2, 12)}`;
}

app.post('/charge', async (request, response) => {
  const { amount, card } = request.body;
  try {
    const paymentId = await askBank(card, amount);
    log.info({ amount, paymentId }, `charged ${amount} KRW as ${paymentId}`);
    response.json({ paymentId });
  } catch (error) {
    log.error({ err: error, amount }, `payment failed: ${error.message}`);
    response.status(503).json({ error: error.message });
  }
});

start();
