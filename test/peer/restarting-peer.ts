import type { GracefulRestartCapability } from "../../protocol/capabilities/capability.js";
import type { OpenMessage } from "../../protocol/messages/open.js";
import type { UpdateMessage } from "../../protocol/messages/update.js";
import { Family } from "../../protocol/net/address-family.js";
import { asn } from "../../protocol/net/asn.js";
import { routerId } from "../../protocol/net/router-id.js";
import { NO_PREFIX } from "../../rib/store/ids.js";
import type { FakeConnection } from "../fakes/fake-network.js";
import type { RemoteSpeaker } from "../fakes/remote-speaker.js";
import type { OfferedRestart } from "../models/naive-retention.js";
import { attributeSet, prefix } from "../rib/attribute-lists.js";
import { Lab } from "./lab.js";
import { clusterOf, Speaker } from "./speaker.js";

const NOTHING: UpdateMessage = { type: "update", withdrawn: [], announced: [], endOfRib: null, faults: [], action: "none" };

/** Node n1, and its mesh peer n2 as a test plays it: it comes, tells routes, goes, and comes again. */
export class RestartingPeer {
  readonly lab = new Lab();
  readonly one: Speaker;
  #remote: RemoteSpeaker<FakeConnection> | null = null;

  constructor(given = "") {
    this.one = new Speaker(this.lab, 1, clusterOf([1, 2], given));
    this.lab.run();
  }

  /** Opens a session. @param offer null: without the capability */
  comesUp(offer: OfferedRestart | null, identifier = 0x0a000002): void {
    this.#remote = this.lab.connect(2, 1);
    this.#remote.send(open(offer === null ? [] : [capability(offer)], identifier), { type: "keepalive" });
    this.lab.run();
  }

  /** What n1 said in its last OPEN. */
  get offered(): GracefulRestartCapability | undefined {
    const [first] = this.#remote!.received.filter((message) => message.type === "open");
    return first?.capabilities.find((one) => one.type === "graceful-restart");
  }

  goesDown(how: "tcp" | "notification" | "hard-reset"): void {
    const subcode = how === "hard-reset" ? 9 : 4;
    const data = Uint8Array.from(how === "hard-reset" ? [6, 4] : []);
    if (how !== "tcp") this.#remote!.send({ type: "notification", code: 6, subcode, data });
    this.#remote!.connection.destroy();
    this.lab.run();
  }

  announce(...prefixes: readonly string[]): void {
    const attributes = attributeSet({ path: [65001], localPref: 100, nextHop: "10.0.0.2" });
    const list = prefixes.map((text) => ({ prefix: prefix(text) }));
    this.#send({ ...NOTHING, announced: [{ family: Family.Ipv4Unicast, attributes, prefixes: list }] });
  }

  withdraw(...prefixes: readonly string[]): void {
    this.#send({ ...NOTHING, withdrawn: prefixes.map((text) => ({ prefix: prefix(text) })) });
  }

  endOfRib(): void {
    this.#send({ ...NOTHING, endOfRib: Family.Ipv4Unicast });
  }

  passes(seconds: number): void {
    this.lab.advance(seconds);
  }

  /** What n1 has of n2 in its Loc-RIB. */
  get used(): string[] {
    const table = this.one.rib.table(Family.Ipv4Unicast);
    return this.one.received(2).filter((text) => !text.startsWith("(") && table.best(table.find(prefix(text))) !== 0);
  }

  /** Those of them that it marks as stale. */
  get stale(): string[] {
    const table = this.one.rib.table(Family.Ipv4Unicast);
    const { peer } = this.one.session(2).routing;
    if (peer === null) return [];
    const stale: string[] = [];
    for (let id = table.nextReceived(peer, NO_PREFIX); id !== NO_PREFIX; id = table.nextReceived(peer, id))
      if (table.candidatesOf(peer, id).some(({ isStale }) => isStale)) stale.push(table.prefixes.read(id).toString());
    return stale.sort();
  }

  /** Seconds until what is stale goes; null: nothing will. */
  get secondsLeft(): number | null {
    const { retainedUntil } = this.one.session(2).routing;
    return retainedUntil === null ? null : (retainedUntil - this.lab.clock.epoch()) / 1000;
  }

  #send(message: UpdateMessage): void {
    this.#remote!.send(message);
    this.lab.run();
  }
}

function open(more: readonly GracefulRestartCapability[], identifier: number): OpenMessage {
  const families = { type: "multiprotocol", afi: 1, safi: 1 } as const;
  const four = { type: "four-octet-as", asNumber: asn(64512) } as const;
  const capabilities = [families, four, ...more];
  return { type: "open", version: 4, myAs: asn(64512), holdTimeSeconds: 0, routerId: routerId(identifier), capabilities };
}

function capability({ seconds, notification, forwarding }: OfferedRestart): GracefulRestartCapability {
  const families = [{ afi: 1, safi: 1, forwardingPreserved: forwarding }];
  return { type: "graceful-restart", restarting: forwarding, notification, restartTimeSeconds: seconds, families };
}
