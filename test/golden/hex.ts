/** The octets that hex digits stand for; blanks are for the eye. */
export function fromHex(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text.replace(/\s/g, ""), "hex"));
}

export function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}

/** An UPDATE around attribute list and fields given in hex (RFC 4271 §4.3). */
export function updateOf(parts: { withdrawn?: string; attributes?: string; nlri?: string }): Uint8Array {
  const withdrawn = fromHex(parts.withdrawn ?? "");
  const attributes = fromHex(parts.attributes ?? "");
  const nlri = fromHex(parts.nlri ?? "");
  return messageOf(2, [...u16(withdrawn.length), ...withdrawn, ...u16(attributes.length), ...attributes, ...nlri]);
}

/** A message of `type` with a sound header around `body`. */
export function messageOf(type: number, body: Iterable<number>): Uint8Array {
  const octets = [...body];
  return Uint8Array.from([...new Array(16).fill(0xff), ...u16(19 + octets.length), type, ...octets]);
}

function u16(value: number): number[] {
  return [value >> 8, value & 0xff];
}
