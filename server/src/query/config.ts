import { type Slice, setting, type Values } from '#base';

/** Time, memory and rows of one query are the store's settings (`HANOK_QUERY_TIME` and its neighbours). */
export const QUERY_CONFIG = {
  maxRange: setting.duration(
    'HANOK_QUERY_MAX_RANGE',
    400 * 86_400_000,
    'longest time range one query may name; longer than any retention is surely a mistake',
    { min: 3_600_000 },
  ),
  facetRows: setting.integer(
    'HANOK_QUERY_FACET_ROWS',
    20_000_000,
    'matching rows above which facets count an even sample of them and scale up; the answer says so',
    { min: 1_000 },
  ),
  facetTime: setting.duration(
    'HANOK_QUERY_FACET_TIME',
    3_000,
    'time one look at facets may take; a sixteenth of the rows is looked at when it runs out, and the answer says so',
    { min: 10 },
  ),
  facetMemory: setting.bytes(
    'HANOK_QUERY_FACET_MEMORY',
    512 * 1024 ** 2,
    'memory one look at facets may use, which bounds how many different values are told apart; beyond it as for time',
    { min: 1024 ** 2 },
  ),
  tailRate: setting.integer(
    'HANOK_TAIL_RATE',
    200,
    'rows per second one live tail is sent; more cannot be read by a person, what is left out is counted and told',
    { min: 1, max: 10_000 },
  ),
  tailPatience: setting.duration(
    'HANOK_TAIL_PATIENCE',
    2_000,
    'how long a live tail waits for the store: for the last lines when it begins, and for resources that it does not know; then it goes on without',
    { min: 10 },
  ),
  tailsPerTenant: setting.integer(
    'HANOK_TAILS_PER_TENANT',
    16,
    'live tails one tenant may have open; each looks at everything that arrives',
    {
      min: 1,
      max: 1_000,
    },
  ),
  tailHeartbeat: setting.duration(
    'HANOK_TAIL_HEARTBEAT',
    15_000,
    'silence after which a live tail sends a comment, so that proxies keep the connection',
    { min: 100 },
  ),
  atOnce: setting.integer(
    'HANOK_QUERY_AT_ONCE',
    4,
    'questions to one engine under way at once, no more than HANOK_ENGINE_QUERIES; one tenant may have half of them while others session, and all but one while alone',
    { min: 1, max: 8 },
  ),
  queue: setting.integer(
    'HANOK_QUERY_QUEUE',
    200,
    'questions of one tenant that may wait for their turn; beyond it they are asked to come again',
    { min: 1 },
  ),
  wait: setting.duration(
    'HANOK_QUERY_WAIT',
    20_000,
    'longest wait of a question for its turn; then it is asked to come again',
    { min: 10 },
  ),
} as const satisfies Slice;

export type QueryConfig = Values<typeof QUERY_CONFIG>;
