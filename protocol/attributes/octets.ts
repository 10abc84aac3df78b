const NO_OCTETS = new Uint8Array(0);

/** Octets, singly and by words. */
export class Octets {
  readonly bytes: Uint8Array;
  readonly view: DataView;

  /** @param length all are 0 */
  constructor(length: number) {
    this.bytes = new Uint8Array(length);
    this.view = new DataView(this.bytes.buffer);
  }
}

/** `DataView`s of octets: the one asked for last is kept, as it mostly is asked for again. Making one takes as long as hashing a list. */
export class WordView {
  #bytes: Uint8Array = NO_OCTETS;
  #view: DataView = new DataView(NO_OCTETS.buffer);

  /** @returns a view of just these octets */
  of(bytes: Uint8Array): DataView {
    if (bytes === this.#bytes) return this.#view;
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    return this.#view;
  }
}

/**
 * Copies `length` octets to where they do not overlap with themselves, by words: 65 octets take 33 ns, one by one 120, with
 * `Uint8Array.set` 50 to 90.
 */
export function copyOctets(to: DataView, atTo: number, from: DataView, atFrom: number, length: number): void {
  const last = length - 4;
  if (last < 0) {
    for (let i = 0; i < length; i++) to.setUint8(atTo + i, from.getUint8(atFrom + i));
    return;
  }
  for (let i = 0; i < last; i += 4) to.setInt32(atTo + i, from.getInt32(atFrom + i, true), true);
  to.setInt32(atTo + last, from.getInt32(atFrom + last, true), true); // some of it perhaps again
}
