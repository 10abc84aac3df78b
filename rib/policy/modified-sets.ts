import { type AttributeSetId, NO_ATTRIBUTES } from "../store/ids.js";
import { AttributeList } from "./attribute-list.js";
import { modify } from "./modify.js";
import type { Modification } from "./policy.js";
import type { PolicyTables } from "./policy-tables.js";

const LIST = new AttributeList();

/**
 * Attribute set → the set that one statement's modifications make of it. Both are interned, so a route costs one look-up.
 *
 * Holds one reference on each modified set, as long as the set it was made from lives; none on the latter. Listens for the end
 * of sets only while it remembers some, as there may be thousands of these.
 */
export class ModifiedSets {
  readonly #tables: PolicyTables;
  readonly #modifications: readonly Modification[];
  readonly #results = new Map<AttributeSetId, AttributeSetId>();
  readonly #raises: boolean;
  #unsubscribe: (() => void) | null = null;

  constructor(modifications: readonly Modification[], tables: PolicyTables) {
    this.#tables = tables;
    this.#modifications = modifications;
    this.#raises = modifications.some(({ type }) => type === "raise-preference");
  }

  /** The modified set. The caller holds no reference on it: it lives while `set` does. */
  of(set: AttributeSetId): AttributeSetId {
    return this.#results.get(set) ?? this.#make(set);
  }

  get count(): number {
    return this.#results.size;
  }

  close(): void {
    this.#listen(false);
    for (const [set, result] of this.#results) {
      if (result !== set) this.#tables.attributes.release(result);
    }
    this.#results.clear();
  }

  #make(set: AttributeSetId): AttributeSetId {
    const { attributes } = this.#tables;
    const start = attributes.offset(set);
    LIST.load(attributes.view(set), start, start + attributes.byteLength(set));
    for (const modification of this.#modifications) modify(LIST, modification);
    const isRaised = this.#raises || attributes.isRaised(set);
    const result = attributes.intern(LIST.bytes, 0, LIST.length, { interfaceId: attributes.interfaceId(set), isRaised });
    // A set that comes out as it went in must not keep itself alive.
    if (result === set) attributes.release(result);
    this.#results.set(set, result);
    this.#listen(true);
    return result;
  }

  #forget(set: AttributeSetId): void {
    const result = this.#results.get(set) ?? NO_ATTRIBUTES;
    if (result === NO_ATTRIBUTES) return;
    this.#results.delete(set);
    if (this.#results.size === 0) this.#listen(false);
    if (result !== set) this.#tables.attributes.release(result);
  }

  #listen(listens: boolean): void {
    if (listens) this.#unsubscribe ??= this.#tables.attributes.subscribeFree((set) => this.#forget(set));
    else {
      this.#unsubscribe?.();
      this.#unsubscribe = null;
    }
  }
}
