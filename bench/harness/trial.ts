import { setTimeout as pause } from "node:timers/promises";
import type { Dut, RunningDut } from "./daemons/dut.js";
import { Load } from "./load.js";
import { PrefixIndex } from "./prefix-index.js";
import { type ProcessUsage, processUsage } from "./process-usage.js";
import { part, type RouteTable } from "./route-table.js";
import type { CheckedPrefixes } from "./table-check.js";
import { DUT_ADDRESS, DUT_ADDRESS6, DUT_AS, octetsOf, peerAddress, peerAddress6, Testbed } from "./testbed.js";
import { UpdateStream } from "./update-stream.js";

/** A speaker of the load. Its index is its place in the list; its router id grows with it. */
export interface TrialPeer {
  readonly does: "feed" | "receive" | "both";
  readonly asNumber: number;
  readonly own?: readonly [from: number, end: number]; // rows it announces itself
  readonly pace?: number; // octets a second it reads at most
  readonly isLate?: boolean; // dials when the scenario says so
}

export interface TrialOptions {
  readonly peers: readonly TrialPeer[];
  readonly family: 4 | 6;
  readonly reflects?: boolean; // all peers are clients
  readonly withNextHop?: boolean; // next hops must arrive unchanged
  readonly kernel?: boolean;
}

const CONNECT_SECONDS = 60;
/** BIRD's listening socket holds eight connections that it has not accepted; more wait for the kernel's retransmissions. */
const CONNECT_AT_ONCE = 8;
/** Sessions are up, End-of-RIB has been said: nothing more happens without us. */
const SETTLE_MS = 1500;
const SAMPLED = 100_000; // prefixes
const ROUTER_IDS_FROM = 0x0a400100;
const CLUSTER_ID = "10.64.0.1";

/** One daemon, started for one round of one scenario, with its sessions Established and nothing announced yet. */
export class Trial {
  readonly load: Load;
  readonly dut: RunningDut;
  readonly #bed: Testbed;
  #before: ProcessUsage;
  readonly idle: ProcessUsage;

  private constructor(bed: Testbed, dut: RunningDut, load: Load) {
    this.#bed = bed;
    this.dut = dut;
    this.load = load;
    this.idle = processUsage(dut.pid);
    this.#before = this.idle;
  }

  /** Runs `work` with a fresh daemon and removes everything afterwards, whatever happens. */
  static async run<T>(
    dut: Dut,
    prefixes: CheckedPrefixes,
    options: TrialOptions,
    work: (trial: Trial) => Promise<T>,
  ): Promise<T> {
    const bed = await Testbed.create(dut.name);
    const load = new Load(prefixes);
    try {
      const running = await dut.start(bed.host, dutOptions(options));
      addPeers(load, options);
      const early = options.peers.flatMap((peer, id) => (peer.isLate === true ? [] : [id]));
      for (let from = 0; from < early.length; from += CONNECT_AT_ONCE)
        await load.connect(early.slice(from, from + CONNECT_AT_ONCE), CONNECT_SECONDS).catch((error: Error) => {
          throw new Error(`${error.message}\n${running.logTail(10)}`);
        });
      await pause(SETTLE_MS);
      return await work(new Trial(bed, running, load));
    } finally {
      await load.end();
      await bed.close();
    }
  }

  /** Begins to count CPU time anew. */
  startMeter(): void {
    this.#before = processUsage(this.dut.pid);
  }

  /** CPU seconds since `startMeter`, and memory. */
  readMeter(): ProcessUsage {
    const usage = processUsage(this.dut.pid);
    return { ...usage, cpuSeconds: usage.cpuSeconds - this.#before.cpuSeconds };
  }

  /** The namespace that the daemon runs in. */
  get host(): Testbed["host"] {
    return this.#bed.host;
  }
}

/** Makes the prefixes of a table findable in every thread. */
export function checked(table: RouteTable): CheckedPrefixes {
  const { family, count, words, lengths } = table;
  const index = new PrefixIndex(table);
  for (let row = 0; row < count; row++) index.add(row);
  const daemon = { asNumber: DUT_AS, internal: false, nextHop: octetsOf(family === 4 ? DUT_ADDRESS : DUT_ADDRESS6) };
  const sample = new UpdateStream().announceAll(part(table, 0, Math.min(count, SAMPLED)), daemon).bytes;
  return { family, count, words, lengths, slots: index.slots, sample };
}

export function addressOf(family: 4 | 6, peer: number): string {
  return family === 4 ? peerAddress(peer) : peerAddress6(peer);
}

function dutOptions({ peers, family, reflects, kernel }: TrialOptions) {
  return {
    ...{ asNumber: DUT_AS, address: DUT_ADDRESS, address6: DUT_ADDRESS6 },
    ...{ clusterId: reflects === true ? CLUSTER_ID : null, kernel: kernel === true },
    peers: peers.map(({ does, asNumber }, index) => ({
      ...{ address: addressOf(family, index), asNumber },
      ...{ rrClient: reflects === true, isTold: does !== "feed" },
    })),
  };
}

/** Feeders live in one thread and receivers in the other; those that do both are dealt out. */
function addPeers(load: Load, { peers, family, withNextHop }: TrialOptions): void {
  for (const [id, { does, asNumber, own, pace }] of peers.entries()) {
    const spec = {
      ...{ id, asNumber, family, routerId: ROUTER_IDS_FROM + id, pace: pace ?? 0 },
      ...{ localAddress: addressOf(family, id), remoteAddress: family === 4 ? DUT_ADDRESS : DUT_ADDRESS6 },
    };
    const check = { ownAs: DUT_AS, withNextHop: withNextHop === true, own: own ?? [0, 0] } as const;
    const thread = does === "both" ? ((id & 1) as 0 | 1) : does === "feed" ? 0 : 1;
    load.add(spec, thread, does === "feed" ? null : check);
  }
}
