import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

const MIB = 1024 ** 2;

/**
 * How long the engine keeps parts that were merged into another. chDB's default is to remove them at once, on no disk's
 * word that the merged one is there: its name is synced by `Sweeper`, three times within this.
 */
export const OLD_PARTS_SECONDS = 60;

/**
 * Inserts and ordinary questions go before merges when every core is taken: a thread at 5 gets a third of one at 0.
 * The engine obeys where its process may set priorities, and goes on at 0 where not.
 */
export const MERGES_NICE = 5;

const PARTS_TO_DELAY = 150;
/** The engine's own figure; waiting grows up to it. What is refused is tried again. */
const PARTS_TO_REFUSE = 3_000;

/**
 * Server settings of the engine; they can only be given by file. ClickHouse's defaults are those of a big machine:
 * caches of gigabytes, sixteen merging threads. Here several engines share a small host, so every cache is bounded
 * and background work takes at most two threads.
 */
export function writeEngineConfig(dir: string, memoryLimit: number): string {
  const settings: Readonly<Record<string, string | number>> = {
    timezone: 'UTC',
    max_server_memory_usage: memoryLimit,
    mark_cache_size: 64 * MIB,
    uncompressed_cache_size: 0,
    index_mark_cache_size: 32 * MIB,
    index_uncompressed_cache_size: 0,
    primary_index_cache_size: 64 * MIB,
    query_condition_cache_size: 16 * MIB,
    text_index_header_cache_size: 32 * MIB,
    text_index_dictionary_block_cache_size: 32 * MIB,
    text_index_postings_cache_size: 64 * MIB,
    vector_similarity_index_cache_size: MIB,
    iceberg_metadata_files_cache_size: 0,
    parquet_metadata_cache_size: 0,
    compiled_expression_cache_size: 16 * MIB,
    mmap_cache_size: 16,
    os_threads_nice_value_merge_mutate: MERGES_NICE,
    background_pool_size: 2,
    background_merges_mutations_concurrency_ratio: 2,
    background_schedule_pool_size: 2,
    background_move_pool_size: 1,
    background_fetches_pool_size: 1,
    background_common_pool_size: 1,
    background_buffer_flush_schedule_pool_size: 1,
    background_message_broker_schedule_pool_size: 1,
    background_distributed_schedule_pool_size: 1,
    tables_loader_background_pool_size: 2,
    // A small question starts a dozen threads, one per part looked at and two per column read: starting them anew each
    // time took a quarter of its CPU. An idle one holds about 0.1 MiB.
    max_thread_pool_free_size: 64,
    max_io_thread_pool_size: 8,
    max_io_thread_pool_free_size: 0,
    async_insert_threads: 0,
    // Merges too large to finish soon would hold both threads while small parts pile up.
    merges_mutations_memory_usage_soft_limit: Math.floor(memoryLimit / 2),
  };
  const path = join(dir, 'engine.xml');
  const tables = {
    old_parts_lifetime: OLD_PARTS_SECONDS,
    // By default an engine that has little to do looks for them every five minutes: rows that were removed stay so long.
    max_cleanup_delay_period: 40,
    // A merge is synced before what it was made of goes; the default leaves that to chance.
    min_rows_to_fsync_after_merge: 1,
    // Where every core is taken merges fall behind, and each question then opens hundreds of parts, which takes more of the
    // cores. An insert waits from 150 parts in a partition on, by 2 s for each 300 more, so that what comes meanwhile goes in
    // with the next: the parts become fewer and larger, until merges keep up.
    parts_to_delay_insert: PARTS_TO_DELAY,
    parts_to_throw_insert: PARTS_TO_REFUSE,
    max_delay_to_insert: Math.round((2 * (PARTS_TO_REFUSE - PARTS_TO_DELAY)) / 300),
  };
  const line = ([name, value]: [string, string | number]) => `  <${name}>${value}</${name}>`;
  const lines = [
    ...Object.entries(settings).map(line),
    `  <merge_tree>\n${Object.entries(tables).map(line).join('\n')}\n  </merge_tree>`,
  ];
  writeFileSync(path, `<clickhouse>\n${lines.join('\n')}\n</clickhouse>\n`, { mode: 0o600 });
  return path;
}
