import type { Capability } from "../../protocol/capabilities/capability.js";
import { encodeMessage } from "../../protocol/messages/message.js";
import { afiOf, Safi } from "../../protocol/net/address-family.js";
import { routerId } from "../../protocol/net/router-id.js";
import type { Stream } from "../net/connection.js";
import { BEFORE_OPEN } from "../peer/link.js";
import type { SessionPlan } from "../plan/node-plan.js";
import { RehearsalUpdates } from "./updates.js";

const ROUTER_ID = routerId(0xc0000202);
const HOLD_TIME_SECONDS = 90;
const OCTETS_AT_ONCE = 32 * 1024; // more than a turn reads before the code is compiled, and less than one reads after that

/** The peer at the other end: comes up, tells what it has to tell, ends. What it is told it throws away. */
export class FarEnd {
  readonly #stream: Stream;
  readonly #updates: RehearsalUpdates;
  readonly #count: number;
  #sent = 0;

  /**
   * @param updates.count UPDATEs it sends, then it closes; 0: it sends none and stays
   * @param updates.isReversed see `RehearsalUpdates`
   */
  constructor(stream: Stream, plan: SessionPlan, updates: { count: number; isReversed: boolean }) {
    this.#stream = stream;
    this.#updates = new RehearsalUpdates(plan.family, plan.address, updates);
    this.#count = updates.count;
    stream.socket.on("error", () => stream.socket.destroy());
    stream.socket.write(openAndKeepalive(plan));
    if (this.#count > 0) this.#tell();
  }

  close(): void {
    this.#stream.socket.destroy();
  }

  /** Some UPDATEs at a time, and more when they are gone. */
  #tell(): void {
    const messages: Uint8Array[] = [];
    for (let octets = 0; octets < OCTETS_AT_ONCE && this.#sent < this.#count; this.#sent++) {
      const message = this.#updates.message(this.#sent).slice();
      messages.push(message);
      octets += message.length;
    }
    const isLast = this.#sent === this.#count;
    this.#stream.socket.write(Buffer.concat(messages), (error) => {
      if (error) return;
      if (isLast) this.#stream.socket.end();
      else this.#tell();
    });
  }
}

function openAndKeepalive(plan: SessionPlan): Uint8Array {
  const asNumber = plan.asNumber;
  const capabilities: Capability[] = [
    { type: "multiprotocol", afi: afiOf(plan.family), safi: Safi.Unicast },
    { type: "four-octet-as", asNumber },
  ];
  const open = { myAs: asNumber, holdTimeSeconds: HOLD_TIME_SECONDS, routerId: ROUTER_ID };
  return Buffer.concat([
    encodeMessage({ type: "open", version: 4, ...open, capabilities }, BEFORE_OPEN),
    encodeMessage({ type: "keepalive" }, BEFORE_OPEN),
  ]);
}
