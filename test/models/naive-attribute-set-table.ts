/** The twin of AttributeSetTable: reference counts by the bytes' text. */
export class NaiveAttributeSetTable {
  readonly references = new Map<string, number>();
  readonly contexts = new Map<string, number>();

  intern(bytes: Uint8Array, context: number): void {
    const key = bytes.join();
    this.references.set(key, (this.references.get(key) ?? 0) + 1);
    this.contexts.set(key, (this.contexts.get(key) ?? 0) | context);
  }

  release(bytes: Uint8Array): void {
    const key = bytes.join();
    const count = this.references.get(key)! - 1;
    this.references.set(key, count);
    if (count > 0) return;
    this.references.delete(key);
    this.contexts.delete(key);
  }

  count(bytes: Uint8Array): number {
    return this.references.get(bytes.join()) ?? 0;
  }

  isAccepted(bytes: Uint8Array, context: number): boolean {
    return ((this.contexts.get(bytes.join()) ?? 0) & context) !== 0;
  }
}
