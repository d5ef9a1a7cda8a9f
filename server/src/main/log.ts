import pino from 'pino';
import type { Log } from '#base';

const COLOURS: Readonly<Record<string, string>> = {
  debug: '\x1b[90m',
  info: '\x1b[36m',
  warn: '\x1b[33m',
  error: '\x1b[31m',
};

/** Readable lines for a person at a terminal. */
function terminalLog(level: string, bound: object = {}): Log {
  const order = ['debug', 'info', 'warn', 'error'];
  const write = (at: string) => (fields: object, message: string) => {
    if (order.indexOf(at) < order.indexOf(level)) return;
    const all = Object.entries({ ...bound, ...fields }).filter(([key]) => key !== 'module');
    const module = (bound as { module?: string }).module ?? 'main';
    const rest = all
      .map(
        ([key, value]) =>
          `${key}=${value instanceof Error ? value.message : typeof value === 'string' ? value : JSON.stringify(value)}`,
      )
      .join(' ');
    process.stderr.write(
      `${COLOURS[at]}${at.padEnd(5)}\x1b[0m ${module.padEnd(9)} ${message}${rest ? ` \x1b[90m${rest}\x1b[0m` : ''}\n`,
    );
  };
  return {
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
    child: (fields) => terminalLog(level, { ...bound, ...fields }),
  };
}

export function openLog(level: string, terminal: boolean): Log {
  if (terminal) return terminalLog(level);
  const wrap = (logger: pino.Logger): Log => ({
    debug: (fields, message) => logger.debug(fields, message),
    info: (fields, message) => logger.info(fields, message),
    warn: (fields, message) => logger.warn(fields, message),
    error: (fields, message) => logger.error(fields, message),
    child: (fields) => wrap(logger.child(fields)),
  });
  const destination = pino.destination({ dest: 2, sync: true });
  // Whoever read the log has gone: no reason to stop serving.
  destination.on('error', () => {});
  return wrap(
    pino(
      {
        level,
        base: null,
        timestamp: pino.stdTimeFunctions.isoTime,
        formatters: { level: (label) => ({ level: label }) },
        // An error's message and causes are not among its own enumerable members; a bug without them cannot be found.
        serializers: { error: pino.stdSerializers.errWithCause },
      },
      destination,
    ),
  );
}
