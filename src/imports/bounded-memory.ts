import { availableParallelism } from "node:os";

/** More threads would each hold blocks and buffers of their own. */
const MAX_THREADS = 4;

/**
 * Settings for statements that go over all rows of an import, whatever its size: blocks are small, groups are
 * made in the order of the rows where a table has that order, and what a GROUP BY has to remember otherwise goes to disk
 * when it is much. Such a statement may take as long as it takes.
 */
export const boundedMemory = {
  max_execution_time: 0,
  max_threads: Math.min(MAX_THREADS, availableParallelism()),
  max_insert_threads: 1,
  max_block_size: 8_192,
  min_insert_block_size_rows: 25_000,
  min_insert_block_size_bytes: 32 << 20,
  // Each column of each part that is read has a buffer of this size.
  max_read_buffer_size: 128 << 10,
  // So has each column that is written.
  max_compress_block_size: 128 << 10,
  // From each part rows come in order, so that a group is done with when the next one begins.
  optimize_aggregation_in_order: 1,
  max_bytes_before_external_group_by: 96 << 20,
  max_bytes_before_external_sort: 96 << 20,
} as const;

/**
 * For statements of which each takes so few rows that all their groups fit into memory. In the order of the rows all
 * parts would be read at once, each into buffers of its own. Groups are handed on by the few, not all in one block.
 * To send them to disk would take several times as long as to make them. What they make is written as one part: each
 * part has a file or more for every column, and has to be merged.
 */
const ofOneBucket = {
  ...boundedMemory,
  optimize_aggregation_in_order: 0,
  group_by_two_level_threshold: 4_000,
  max_bytes_before_external_group_by: 0,
  min_insert_block_size_rows: 1_000_000,
  min_insert_block_size_bytes: 256 << 20,
} as const;

/** The settings as a clause at the end of a statement, for the settings of a session would outlive it. */
export function settingsClause(settings: Readonly<Record<string, number>>): string {
  const parts = Object.entries(settings).map(([name, value]) => `${name} = ${value}`);
  return `SETTINGS ${parts.join(", ")}`;
}

export const boundedMemorySql = settingsClause(boundedMemory);
export const ofOneBucketSql = settingsClause(ofOneBucket);
