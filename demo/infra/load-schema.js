/** Makes one database per name of DATABASES (a JSON list) on SERVER_URL, from schema.sql. */
'use strict';
const { readFileSync } = require('node:fs');
const { join } = require('node:path');
const { Client } = require('pg');

const WAIT_MS = 20_000;
const schema = readFileSync(join(__dirname, 'schema.sql'), 'utf8');

/** PostgreSQL listens a moment before it takes connections. */
async function connect(connectionString, until = Date.now() + WAIT_MS) {
  const client = new Client({ connectionString });
  try {
    await client.connect();
    return client;
  } catch (error) {
    if (Date.now() > until) throw error;
    await new Promise((resolve) => setTimeout(resolve, 100));
    return connect(connectionString, until);
  }
}

async function main() {
  const server = await connect(process.env.SERVER_URL);
  for (const name of JSON.parse(process.env.DATABASES)) {
    await server.query(`CREATE DATABASE ${server.escapeIdentifier(name)}`);
    const url = new URL(process.env.SERVER_URL);
    url.pathname = `/${encodeURIComponent(name)}`;
    const database = await connect(url.href);
    await database.query(schema);
    await database.end();
  }
  await server.end();
}

main();
