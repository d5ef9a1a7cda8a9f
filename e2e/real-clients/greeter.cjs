/**
 * A program that knows nothing of telemetry: a web server that greets, and its only customer. Run in demo/, whose
 * packages it uses. GREETINGS says how often; then it ends by itself.
 */
const http = require('node:http');
const { createRequire } = require('node:module');
const { join } = require('node:path');

const pino = createRequire(join(process.cwd(), 'package.json'))('pino');
const log = pino();

const server = http.createServer((request, response) => {
  const name = decodeURIComponent(request.url.slice(1));
  log.warn({ name }, `greeting ${name} 안녕하세요`);
  response.end(`hello ${name}`);
});

const greet = (name) =>
  new Promise((resolve, reject) => {
    http
      .get({ host: '127.0.0.1', port: server.address().port, path: `/${name}`, agent: false }, (response) => {
        response.resume();
        response.on('end', resolve);
      })
      .on('error', reject);
  });

server.listen(0, '127.0.0.1', async () => {
  for (let i = 0; i < Number(process.env.GREETINGS); i++) await greet(`guest-${i}`);
  // One metric export interval passes, so that metrics are sent more than at the end.
  setTimeout(() => server.close(), 1_500);
});
