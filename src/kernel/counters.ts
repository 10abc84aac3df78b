const NAMES = [
  "wanted", // routes that should be in the kernel
  "installed", // routes of ours that are
  "failed", // wanted, and refused by the kernel
  "conflicts", // wanted, and another protocol has a route of that prefix and metric
  "foreign", // routes of others in our table
  "pending", // rows to be looked at
  "writes", // changes sent, ever
  "refusals", // changes refused, ever
  "drift", // routes of ours that others changed or removed, ever
  "losses", // times that notifications were lost
  "audits", // complete comparisons with the kernel, ever
  "auditMilliseconds", // how long the last one took
] as const;

export type KernelCounter = (typeof NAMES)[number];

/** Numbers that the kernel worker keeps and any thread may read at any time, without asking. */
export class KernelCounters {
  readonly buffer: SharedArrayBuffer;
  readonly #values: Float64Array;

  /** @param buffer of another thread's counters; a new one without */
  constructor(buffer: SharedArrayBuffer = new SharedArrayBuffer(8 * NAMES.length)) {
    this.buffer = buffer;
    this.#values = new Float64Array(buffer);
  }

  get(name: KernelCounter): number {
    return this.#values[NAMES.indexOf(name)];
  }

  set(name: KernelCounter, value: number): void {
    this.#values[NAMES.indexOf(name)] = value;
  }

  add(name: KernelCounter, value: number): void {
    this.#values[NAMES.indexOf(name)] += value;
  }

  all(): Record<KernelCounter, number> {
    return Object.fromEntries(NAMES.map((name, index) => [name, this.#values[index]])) as Record<KernelCounter, number>;
  }
}
