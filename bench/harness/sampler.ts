import type { Counts } from "./internet-shape.js";

/** Draws values as often as they were counted. */
export class Sampler {
  readonly #values: readonly number[];
  readonly #upTo: Float64Array; // sum of the counts up to and with each value
  readonly #random: () => number;

  /** @param random 32-bit numbers */
  constructor(counts: Counts, random: () => number) {
    this.#values = Object.keys(counts).map(Number);
    let sum = 0;
    this.#upTo = Float64Array.from(Object.values(counts), (count) => {
      sum += count;
      return sum;
    });
    this.#random = random;
  }

  draw(): number {
    const point = (this.#random() / 2 ** 32) * this.#upTo.at(-1)!;
    let low = 0;
    for (let high = this.#upTo.length - 1; low < high; ) {
      const middle = (low + high) >> 1;
      if (this.#upTo[middle]! > point) high = middle;
      else low = middle + 1;
    }
    return this.#values[low]!;
  }
}
