import { createHmac, randomBytes } from "node:crypto";
import { inspect } from "node:util";

const REDACTED = "[secret]";
const DIGEST_KEY = randomBytes(32); // of this process, so that a digest tells nothing outside it

/** A value that must not be printed: text, JSON and inspection show `[secret]`; `reveal()` alone gives it away. */
export class SecretValue {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  reveal(): string {
    return this.#value;
  }

  /** Octets in UTF-8: what counts against the 80 octets of a TCP-MD5 key (RFC 2385 leaves it open; Linux takes 80). */
  get byteLength(): number {
    return Buffer.byteLength(this.#value);
  }

  /** Equal for equal values in one process, different after a restart. */
  digest(): string {
    return createHmac("sha256", DIGEST_KEY).update(this.#value).digest("hex");
  }

  toString(): string {
    return REDACTED;
  }

  toJSON(): string {
    return REDACTED;
  }

  [inspect.custom](): string {
    return REDACTED;
  }
}
