import { decodeMessage, type Message } from "../../protocol/messages/message.js";
import type { Prefix } from "../../protocol/net/prefix.js";
import { EXTERNAL } from "../golden/options.js";

/** The messages that stand behind one another in `bytes`, by Peregrine's decoder. Throws at the first it refuses. */
export function messagesOf(bytes: Uint8Array): Message[] {
  const messages: Message[] = [];
  for (let at = 0; at < bytes.length; ) {
    const end = at + ((bytes[at + 16]! << 8) | bytes[at + 17]!);
    const message = decodeMessage(bytes.slice(at, end), EXTERNAL);
    if (!message.ok) throw new Error(`at ${at}: ${message.error.detail}`);
    messages.push(message.value);
    at = end;
  }
  return messages;
}

/** An UPDATE without any fault. */
export function isOk(message: Message): boolean {
  return message.type === "update" && message.faults.length === 0;
}

/** What an UPDATE announces. */
export function prefixesOf(message: Message): readonly Prefix[] {
  return message.type === "update" ? message.announced.flatMap(({ prefixes }) => prefixes.map(({ prefix }) => prefix)) : [];
}
