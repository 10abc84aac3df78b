/** Seconds on the machine's monotonic clock: the same in every thread and process. */
export function now(): number {
  return Number(process.hrtime.bigint()) / 1e9;
}
