import type { CodecOptions } from "../../protocol/messages/codec-options.js";
import { decodeMessage, encodeMessage, type Message } from "../../protocol/messages/message.js";
import { Family } from "../../protocol/net/address-family.js";
import { Framer } from "../../protocol/wire/framer.js";
import type { Connection } from "../../src/net/connection.js";

const OPTIONS: CodecOptions = {
  fourOctetAs: true,
  internal: false,
  addPath: new Set(),
  families: new Set([Family.Ipv4Unicast]),
  extendedNextHop: false,
  maxMessageLength: 4096,
};

/** The other end of a connection, which says only what a test has it say. */
export class RemoteSpeaker<C extends Connection = Connection> {
  readonly connection: C;
  readonly received: Message[] = [];
  /** Undefined while the connection stands; then as for `Connection.onClose`. */
  closed: string | null | undefined;
  readonly #framer = new Framer();

  constructor(connection: C) {
    this.connection = connection;
    connection.onData = (bytes) => this.#read(bytes);
    connection.onClose = (error) => {
      this.closed = error;
    };
  }

  send(...messages: Message[]): void {
    for (const message of messages) this.connection.write(encodeMessage(message, OPTIONS));
  }

  /** What was received, in words: "open", "keepalive", "notification 6/2". */
  get heard(): string[] {
    return this.received.map((m) => (m.type === "notification" ? `notification ${m.code}/${m.subcode}` : m.type));
  }

  #read(bytes: Uint8Array): void {
    this.#framer.push(bytes);
    while (this.#framer.next() === true) {
      const message = decodeMessage(this.#framer.bytes.slice(this.#framer.start, this.#framer.end), OPTIONS);
      if (message.ok) this.received.push(message.value);
    }
  }
}
