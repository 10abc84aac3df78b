/** Names of the host's interfaces ⇄ small integers, so that an attribute set can say where a local route points. 0 is none. */
export class InterfaceTable {
  readonly #names: string[] = [];
  readonly #ids = new Map<string, number>();

  /** The number of the interface, made if need be; it stays. */
  idOf(name: string): number {
    const known = this.#ids.get(name);
    if (known !== undefined) return known;
    this.#names.push(name);
    this.#ids.set(name, this.#names.length);
    return this.#names.length;
  }

  nameOf(id: number): string | null {
    return this.#names[id - 1] ?? null;
  }
}
