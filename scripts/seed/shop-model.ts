/** The shop that the big data sets pretend: who calls whom, how long it takes, what it logs, what goes wrong. */
import type { Attributes } from './wire.ts';

/** A call into a service and what it does, in order. Times are medians in milliseconds of the step's own work. */
export interface Call {
  readonly service: string;
  readonly name: string;
  readonly kind: 'server' | 'consumer';
  readonly own: number;
  readonly attributes: Attributes;
  readonly steps: readonly Step[];
  readonly says: string;
}

export type Step =
  | { readonly to: Call; readonly queue?: string }
  | { readonly db: string; readonly table: string; readonly sql: string; readonly own: number };

const http = (service: string, method: string, route: string, own: number, steps: readonly Step[] = []): Call => ({
  service,
  name: `${method} ${route}`,
  kind: 'server',
  own,
  attributes: [
    ['http.request.method', method],
    ['http.route', route],
    ['url.path', route.replace(':id', '1042')],
    ['url.scheme', 'http'],
    ['server.address', service],
    ['server.port', 8080],
    ['network.protocol.version', '1.1'],
    ['user_agent.original', 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36'],
  ],
  steps,
  says: `${method} ${route}`,
});
const consumer = (service: string, queue: string, own: number, steps: readonly Step[] = []): Call => ({
  service,
  name: `process ${queue}`,
  kind: 'consumer',
  own,
  attributes: [
    ['messaging.system', 'rabbitmq'],
    ['messaging.destination.name', queue],
    ['messaging.operation.type', 'process'],
  ],
  steps,
  says: `handled a message of ${queue}`,
});
const sql = (db: string, table: string, statement: string, own: number): Step => ({ db, table, sql: statement, own });
const to = (call: Call): Step => ({ to: call });
const via = (queue: string, call: Call): Step => ({ to: call, queue });

const session = http('users', 'GET', '/sessions/:id', 2, [
  sql('users', 'sessions', 'SELECT user_id, expires_at FROM sessions WHERE id = $1', 1),
]);
const product = http('catalog', 'GET', '/products/:id', 3, [
  sql('catalog', 'products', 'SELECT id, name, price, stock FROM products WHERE id = $1', 1.5),
  sql('catalog', 'reviews', 'SELECT stars, body FROM reviews WHERE product_id = $1 LIMIT 3', 2.5),
]);
const recommend = http('recommend', 'GET', '/similar/:id', 18, [
  sql('catalog', 'products', 'SELECT id FROM products WHERE category = $1 ORDER BY sold DESC LIMIT 12', 4),
]);
const reserve = http('inventory', 'POST', '/reserve', 4, [
  sql('inventory', 'stock', 'UPDATE stock SET left = left - $2 WHERE product_id = $1 AND left >= $2 RETURNING left', 3),
]);
const charge = http('payment', 'POST', '/charge', 45, [
  sql('payment', 'charges', 'INSERT INTO charges (order_id, amount, bank_ref) VALUES ($1, $2, $3)', 2),
]);
const mail = consumer('mailer', 'order-placed', 70, [to(product)]);
const ship = consumer('shipping', 'order-placed', 25, [
  sql('shipping', 'parcels', 'INSERT INTO parcels (order_id, address_id) VALUES ($1, $2) RETURNING id', 2),
]);
const order = http('orders', 'POST', '/orders', 6, [
  to(product),
  to(reserve),
  to(charge),
  sql('orders', 'orders', 'INSERT INTO orders (user_id, product_id, amount) VALUES ($1, $2, $3) RETURNING id', 3),
  via('order-placed', mail),
  via('order-placed', ship),
]);
const gateway = (method: string, route: string, steps: readonly Step[]): Call =>
  http('gateway', method, route, 1.5, [to(session), ...steps]);

/** What customers do, and how often. */
export const JOURNEYS: ReadonlyArray<readonly [weight: number, call: Call]> = [
  [
    38,
    gateway('GET', '/api/products', [
      to(
        http('catalog', 'GET', '/products', 6, [
          sql('catalog', 'products', 'SELECT id, name, price FROM products WHERE name ILIKE $1 LIMIT 24', 7),
        ]),
      ),
    ]),
  ],
  [30, gateway('GET', '/api/products/:id', [to(product), to(recommend)])],
  [
    14,
    gateway('POST', '/api/cart', [
      to(
        http('cart', 'POST', '/cart/:id', 3, [
          sql('cart', 'items', 'INSERT INTO items (cart_id, product_id, quantity) VALUES ($1, $2, $3)', 1.5),
        ]),
      ),
    ]),
  ],
  [12, gateway('POST', '/api/orders', [to(order)])],
  [
    6,
    gateway('GET', '/api/orders', [
      to(
        http('orders', 'GET', '/orders', 4, [
          sql(
            'orders',
            'orders',
            'SELECT id, amount, placed_at FROM orders WHERE user_id = $1 ORDER BY id DESC LIMIT 10',
            6,
          ),
        ]),
      ),
    ]),
  ],
];

/** What is wrong in a part of the time. `from` and `to` are shares of the window. */
export interface Incident {
  readonly name: string;
  readonly from: number;
  readonly to: number;
  /** Database steps of this database take this many times as long. */
  readonly slowDatabase?: readonly [database: string, factor: number];
  /** Calls into this service fail this often. */
  readonly failing?: readonly [service: string, share: number];
}

export const CALM: Incident = { name: 'calm', from: 0, to: 0 };
export const INCIDENTS: readonly Incident[] = [
  { name: 'inventory database waits for a lock', from: 0.34, to: 0.37, slowDatabase: ['inventory', 220] },
  { name: 'bank is down', from: 0.71, to: 0.73, failing: ['payment', 0.45] },
];

/** Failures of ordinary days. */
export const EVERYDAY_FAILURES: ReadonlyMap<string, number> = new Map([
  ['payment', 0.006],
  ['recommend', 0.004],
  ['shipping', 0.002],
  ['cart', 0.0005],
]);

export const SERVICES = [
  'gateway',
  'users',
  'catalog',
  'recommend',
  'cart',
  'orders',
  'inventory',
  'payment',
  'mailer',
  'shipping',
] as const;

/** Instances per service and what they run on. */
export const INSTANCES = 3;

/** Share of a day's traffic by hour; a shop sleeps at night. */
export function trafficAt(hour: number): number {
  return 0.35 + 0.65 * Math.max(0, Math.sin(((hour - 6) / 18) * Math.PI)) ** 1.2;
}
