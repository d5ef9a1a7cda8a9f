/**
 * What every web service of the shop has: a JSON server with an access log, faults that can be switched, a quiet end.
 * CommonJS, as most Node programs that are instrumented without code changes are. Nothing here knows of telemetry.
 */
'use strict';
const express = require('express');
const pino = require('pino');

/** Settings of the process, by the names of the environment. */
const setting = (name) => {
  const value = process.env[name];
  if (value === undefined) throw new Error(`${name} is not set`);
  return value;
};

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** A latency as services have it: mostly near `median` milliseconds, with a long tail. */
const latency = (median) => pause(median * Math.exp(0.5 * (Math.random() + Math.random() + Math.random() - 1.5)));

class CallFailed extends Error {
  constructor(url, status, body) {
    super(`${url} answered ${status}: ${body.error ?? 'no reason given'}`);
    this.status = status;
  }
}

/** Calls another service and returns its JSON; a status from 400 up is thrown as CallFailed. */
async function call(url, { method = 'GET', body } = {}) {
  const response = await fetch(url, {
    method,
    ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
  });
  const answer = await response.json();
  if (!response.ok) throw new CallFailed(url, response.status, answer);
  return answer;
}

/**
 * @param {object} options
 * @param {object} [options.log] takes pino's call shape: (fields, message)
 * @param {Record<string, number>} [options.faults] switches by name, from 0 (off) to 1 (always); changed by PUT /faults
 * @param {() => Promise<unknown>} [options.close] run after the last request
 */
function createService({ log = pino(), faults = {}, close = async () => {} } = {}) {
  const app = express();
  app.disable('x-powered-by');
  app.use(express.json());
  app.use((request, response, next) => {
    const began = performance.now();
    response.on('finish', () => {
      const durationMs = Math.round(performance.now() - began);
      const line = `${request.method} ${request.originalUrl} ${response.statusCode} in ${durationMs} ms`;
      const level = response.statusCode >= 500 ? 'error' : durationMs > 1_000 ? 'warn' : 'info';
      log[level]({ method: request.method, path: request.path, status: response.statusCode, durationMs }, line);
    });
    next();
  });
  app.put('/faults', (request, response) => {
    for (const name of Object.keys(faults)) {
      if (typeof request.body[name] === 'number') faults[name] = request.body[name];
    }
    log.info({ faults }, 'faults changed');
    response.json(faults);
  });

  const start = () => {
    app.use((error, request, response, _next) => {
      log.error({ err: error }, `${request.method} ${request.path} failed: ${error.message}`);
      response.status(error.status >= 500 ? 502 : (error.status ?? 500)).json({ error: error.message });
    });
    const port = Number(setting('PORT'));
    const server = app.listen(port, '127.0.0.1', () => log.info({ port }, `listening on ${port}`));
    const end = async () => {
      server.close();
      server.closeAllConnections();
      await close();
    };
    process.once('SIGTERM', end);
    process.once('SIGINT', end);
  };
  return { app, log, start };
}

module.exports = { createService, call, pause, latency, setting, pino };
