const UNIT_BYTES = 16;
const UNIT_BITS = 13;
const UNITS_PER_SLAB = 1 << UNIT_BITS; // a place is slab << UNIT_BITS | unit
const SLAB_BYTES = UNITS_PER_SLAB * UNIT_BYTES;
const MAX_UNITS = 65536 / UNIT_BYTES;

/**
 * Short byte strings in large buffers. A place is an integer; its bytes never move.
 *
 *   slab       128 KiB; never one growing buffer, whose every growth would copy all. So small that the daemon's rehearsal fills some:
 *              code compiled without that is thrown away when a slab is full
 *   unit       16 bytes; a string takes whole units
 *   free list  one for each size in units; the first four bytes of a free place hold the next place + 1
 *
 * New strings come from the free list of their size, else from the region being filled; when that is used up, the largest free
 * place or a new slab becomes the region.
 */
export class ByteArena {
  readonly #slabs: DataView[] = [];
  readonly #bytes: Uint8Array[] = [];
  readonly #freeOfSize = new Int32Array(MAX_UNITS + 1); // place + 1, 0 when empty
  #largestFree = 0; // no free list of a larger size has anything
  #region = 0; // place where the region being filled goes on
  #regionUnits = 0;
  #usedUnits = 0;

  /** Bytes taken from the system. */
  get capacityBytes(): number {
    return this.#slabs.length * SLAB_BYTES;
  }

  /** Bytes in use, rounded up to units. */
  get usedBytes(): number {
    return this.#usedUnits * UNIT_BYTES;
  }

  /** @param length 0..65535 bytes @returns the place of as many bytes, whatever they held before */
  allocate(length: number): number {
    const units = unitsOf(length);
    this.#usedUnits += units;
    const free = this.#freeOfSize[units];
    if (free !== 0) {
      this.#freeOfSize[units] = this.view(free - 1).getInt32(this.offset(free - 1));
      return free - 1;
    }
    if (this.#regionUnits < units) this.#refill(units);
    const place = this.#region;
    this.#region += units;
    this.#regionUnits -= units;
    return place;
  }

  /** Gives back a place that `allocate(length)` returned. */
  free(place: number, length: number): void {
    const units = unitsOf(length);
    this.#usedUnits -= units;
    this.#pushFree(place, units);
  }

  /** The slab of a place, to read words from. */
  view(place: number): DataView {
    return this.#slabs[place >>> UNIT_BITS];
  }

  /** The same slab as bytes. */
  slab(place: number): Uint8Array {
    return this.#bytes[place >>> UNIT_BITS];
  }

  /** Where in its slab the place begins. */
  offset(place: number): number {
    return (place & (UNITS_PER_SLAB - 1)) * UNIT_BYTES;
  }

  /** @throws Error when used and free units do not add up to the slabs: for tests */
  checkInvariants(): void {
    let units = this.#usedUnits + this.#regionUnits;
    for (let size = 1; size <= MAX_UNITS; size++) {
      for (let free = this.#freeOfSize[size]; free !== 0; free = this.view(free - 1).getInt32(this.offset(free - 1))) {
        if (size > this.#largestFree) throw new Error(`a free place of ${size} units above the largest, ${this.#largestFree}`);
        units += size;
      }
    }
    if (units !== this.#slabs.length * UNITS_PER_SLAB)
      throw new Error(`${units} units are accounted for in ${this.#slabs.length} slabs`);
  }

  #pushFree(place: number, units: number): void {
    this.view(place).setInt32(this.offset(place), this.#freeOfSize[units]);
    this.#freeOfSize[units] = place + 1;
    if (units > this.#largestFree) this.#largestFree = units;
  }

  #refill(units: number): void {
    if (this.#regionUnits > 0) this.#pushRest();
    while (this.#largestFree > 0 && this.#freeOfSize[this.#largestFree] === 0) this.#largestFree--;
    if (this.#largestFree >= units) this.#takeLargestFree();
    else this.#addSlab();
  }

  /** What is left of the region is free; of a fresh slab it may be more than the largest size. */
  #pushRest(): void {
    while (this.#regionUnits > 0) {
      const units = Math.min(this.#regionUnits, MAX_UNITS);
      this.#pushFree(this.#region, units);
      this.#region += units;
      this.#regionUnits -= units;
    }
  }

  #takeLargestFree(): void {
    const units = this.#largestFree;
    this.#region = this.#freeOfSize[units] - 1;
    this.#regionUnits = units;
    this.#freeOfSize[units] = this.view(this.#region).getInt32(this.offset(this.#region));
  }

  #addSlab(): void {
    const buffer = new ArrayBuffer(SLAB_BYTES);
    this.#region = this.#slabs.length * UNITS_PER_SLAB;
    this.#regionUnits = UNITS_PER_SLAB;
    this.#slabs.push(new DataView(buffer));
    this.#bytes.push(new Uint8Array(buffer));
  }
}

function unitsOf(length: number): number {
  return (length + UNIT_BYTES - 1) >>> 4 || 1;
}
