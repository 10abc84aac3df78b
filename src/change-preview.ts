import { setImmediate } from "node:timers/promises";
import type { Family } from "../protocol/net/address-family.js";
import type { IpAddress } from "../protocol/net/ip-address.js";
import type { ExportProfile } from "../rib/export/export-profile.js";
import type { FamilyTable } from "../rib/family-table.js";
import type { RibPeer } from "../rib/peer-table.js";
import { type BestPath, type Change, type ExportChange, Preview } from "../rib/preview/preview.js";
import type { Tally } from "../rib/preview/tally.js";
import type { Rib } from "../rib/rib.js";
import { NO_ATTRIBUTES, NO_PEER, NO_PREFIX, type PeerId, type PrefixId } from "../rib/store/ids.js";
import type { EffectView, KernelEffectView, PreviewView, SessionEffectView } from "./api/views.js";
import type { Forwarding } from "./kernel/forwarding.js";
import { ruleFor } from "./kernel/kernel-rules.js";
import type { LocalDifference } from "./kernel/local-routes.js";
import { exportProfileOf } from "./peer/export-profile-of.js";
import type { HeldSession, Sessions } from "./peer/sessions.js";
import { dangersOf } from "./plan/dangers.js";
import { diffPlans } from "./plan/diff.js";
import { planFaultText } from "./plan/fault.js";
import type { NodePlan, SessionPlan } from "./plan/node-plan.js";
import { describeSteps, type PlanStep } from "./plan/plan-step.js";

/** Prefixes looked at before time is looked at again, and time before others have their turn. */
const PREFIXES_AT_ONCE = 32;
const TURN_MS = 2;

/** Prefixes shown of each sort, each direction and each session. */
const EXAMPLES = 5;

export interface PreviewParts {
  readonly rib: Rib;
  readonly sessions: Sessions;
  readonly forwarding: Forwarding;
  readonly plan: NodePlan; // in force
}

/**
 * What a change of plans would do, worked out on the routes there are, without doing it. Sessions that would be reset count as
 * up again, with the routes they have.
 *
 * @param operator whose way to this node must not be cut; null: nobody's
 */
export async function previewChange(parts: PreviewParts, after: NodePlan, operator: IpAddress | null): Promise<PreviewView> {
  const preview = new ChangePreview(parts, after, operator);
  try {
    await preview.run();
    return preview.view();
  } finally {
    preview.close();
  }
}

/** What becomes of a session. */
interface Fate {
  readonly session: SessionPlan;
  readonly held: HeldSession | null; // null: it is new
  readonly step: PlanStep | null; // null: nothing
  readonly after: SessionPlan | null; // null: it goes
}

class ChangePreview {
  readonly #parts: PreviewParts;
  readonly #after: NodePlan;
  readonly #operator: IpAddress | null;
  readonly #steps: readonly PlanStep[];
  readonly #fates: readonly Fate[];
  readonly #hasOtherRules: boolean;
  readonly #local: readonly LocalDifference[];
  readonly #previews = new Map<Family, Preview>();
  readonly #kernel = { added: 0, removed: 0, changed: 0 };

  constructor(parts: PreviewParts, after: NodePlan, operator: IpAddress | null) {
    this.#parts = parts;
    this.#after = after;
    this.#operator = operator;
    this.#steps = diffPlans(parts.plan, after);
    this.#hasOtherRules = this.#steps.some(({ type }) => type === "kernel-rules");
    this.#fates = fatesOf(parts.sessions, this.#steps);
    this.#local = parts.forwarding.localDifferences(after);
    for (const family of parts.rib.families) this.#previews.set(family, this.#preview(parts.rib.table(family)));
  }

  async run(): Promise<void> {
    for (const preview of this.#previews.values()) {
      for (let isMore = true; isMore; await setImmediate()) {
        const end = performance.now() + TURN_MS;
        do isMore = preview.work(PREFIXES_AT_ONCE);
        while (isMore && performance.now() < end);
      }
    }
  }

  view(): PreviewView {
    const { plan } = this.#parts;
    const sessions = this.#fates.map((fate) => this.#sessionEffect(fate));
    const silenced = sessions.filter(({ advertised }) => advertised !== null && advertised.before > 0);
    const dangers = [...dangersOf(plan, this.#after, this.#steps), ...this.#operatorDangers()];
    if (silenced.length > 0 && silenced.every(({ advertised }) => advertised!.after === 0))
      dangers.push("no peer is told any route any more");
    return {
      node: this.#after.node,
      steps: describeSteps(this.#steps).map(({ text }) => text),
      dangers,
      sessions,
      kernel: this.#kernelEffect(),
      warnings: this.#after.faults.map(planFaultText),
    };
  }

  close(): void {
    for (const preview of this.#previews.values()) preview.close();
    for (const { set } of this.#local) if (set !== NO_ATTRIBUTES) this.#parts.rib.attributes.release(set);
  }

  #preview(table: FamilyTable): Preview {
    const onPrefix = (prefix: PrefixId, before: BestPath, after: BestPath) => this.#countKernel(table, prefix, before, after);
    return new Preview(this.#parts.rib, table, this.#changeIn(table), onPrefix, EXAMPLES);
  }

  #changeIn(table: FamilyTable): Change {
    const peers = new Map<PeerId, RibPeer | null>();
    const exports = new Map<string, ExportChange>();
    for (const fate of this.#fates) {
      if (fate.session.family !== table.family) continue;
      const { held, step, after } = fate;
      const now = held?.routing.asIf(held.plan, this.#parts.plan) ?? null;
      const then = after === null || step === null ? null : (held?.routing.asIf(after, this.#after) ?? null);
      const peer = held?.routing.peer ?? null;
      if (peer !== null && changesImport(step)) peers.set(peer, then?.importer ?? null);
      const before = now?.exporter ?? null;
      const next = held === null ? newProfile(fate.session, this.#after) : step === null ? before : (then?.exporter ?? null);
      exports.set(fate.session.name, { peer: peer ?? NO_PEER, before, after: next });
    }
    return { peers, exports, local: this.#localIn(table) };
  }

  #localIn(table: FamilyTable): Change["local"] {
    return this.#local
      .filter(({ prefix }) => prefix.family === table.family)
      .map(({ peer, prefix, set }) => {
        const { w0, w1, w2, w3 } = prefix.address;
        return { peer, set, prefix: table.prefixes.intern(w0, w1, w2, w3, prefix.length) };
      });
  }

  #sessionEffect({ session, held, step, after }: Fate): SessionEffectView {
    const preview = this.#previews.get(session.family)!;
    const peer = held?.routing.peer ?? null;
    const table = this.#parts.rib.table(session.family);
    const accepted = peer === null ? null : effect(table.acceptedCount(peer), preview.imports.get(peer));
    const isTold = held === null || held.routing.membership !== null;
    const told = held?.routing.membership?.advertisedCount ?? 0;
    return {
      session: (after ?? session).name,
      peer: session.address.toString(),
      fate: step === null ? "stays" : FATES[step.type as keyof typeof FATES],
      why: step?.type === "session-reset" || step?.type === "session-live" ? step.changes.map(({ field }) => field) : [],
      accepted,
      advertised: isTold ? effect(told, preview.exports.get(session.name)) : null,
    };
  }

  #countKernel(table: FamilyTable, prefix: PrefixId, before: BestPath, after: BestPath): void {
    if (!this.#hasOtherRules && before.set === after.set && before.peer === after.peer) return;
    const was = this.#kernelRoute(table, prefix, before, this.#parts.plan);
    const is = this.#kernelRoute(table, prefix, after, this.#after);
    if (was === is) return;
    this.#kernel[was === null ? "added" : is === null ? "removed" : "changed"]++;
  }

  /** Equal for routes that are the same to the kernel; null: none is wanted there. */
  #kernelRoute({ prefixes }: FamilyTable, prefix: PrefixId, { peer, set }: BestPath, plan: NodePlan): string | null {
    if (set === NO_ATTRIBUTES) return null;
    const { rib } = this.#parts;
    const { source } = rib.peer(peer);
    const rule = ruleFor(plan.kernelRules, prefixes, prefix);
    if ((source !== "bgp" && source !== "static") || rule?.action === "skip") return null;
    return `${source} ${rib.attributes.nextHop(set)} ${rib.attributes.localPref(set)} ${rule?.action} ${rule?.subnet}`;
  }

  #kernelEffect(): KernelEffectView {
    return { mode: this.#parts.forwarding.status().mode, ...this.#kernel };
  }

  #operatorDangers(): readonly string[] {
    if (this.#operator === null) return [];
    const { rib } = this.#parts;
    const dangers: string[] = [];
    const cut = this.#fates.filter(({ session }) => session.address.equals(this.#operator!));
    for (const { session, step } of cut)
      if (step !== null && changesImport(step))
        dangers.push(`the session ${session.name} is with the address that you come from`);
    const family: Family = this.#operator.version === 4 ? "ipv4-unicast" : "ipv6-unicast";
    const table = rib.table(family);
    const preview = this.#previews.get(family)!;
    const { w0, w1, w2, w3 } = this.#operator;
    const id = table.prefixes.longestMatch(w0, w1, w2, w3, (prefix) => table.best(prefix) !== NO_ATTRIBUTES);
    if (id === NO_PREFIX) return dangers;
    const [peer, after] = [table.bestPeer(id), preview.bestAfter(id)];
    if (rib.peer(peer).source !== "bgp") return dangers;
    const route = `${table.prefixes.read(id)}, the route to you (${this.#operator})`;
    const via = this.#fates.find(({ held }) => held?.routing.peer === peer);
    if (after.set === NO_ATTRIBUTES) dangers.push(`${route}, goes`);
    else if (after.peer !== peer)
      dangers.push(`${route}, comes from ${rib.peer(after.peer).name} instead of ${rib.peer(peer).name}`);
    else if (via?.step?.type === "session-reset") dangers.push(`${route}, goes while the session ${via.session.name} is reset`);
    return dangers;
  }
}

const FATES = {
  "session-add": "added",
  "session-remove": "removed",
  "session-reset": "reset",
  "session-live": "changed",
} as const;

/** Sessions that are held, by name, and then those that come. */
function fatesOf(sessions: Sessions, steps: readonly PlanStep[]): readonly Fate[] {
  const byBefore = new Map<SessionPlan, PlanStep>();
  const added: Fate[] = [];
  for (const step of steps) {
    if (step.type === "session-remove") byBefore.set(step.session, step);
    else if (step.type === "session-reset" || step.type === "session-live") byBefore.set(step.before, step);
    else if (step.type === "session-add") added.push({ session: step.session, held: null, step, after: step.session });
  }
  const kept = [...sessions].map((held): Fate => {
    const step = byBefore.get(held.plan) ?? null;
    const after = step === null ? held.plan : "after" in step && "effects" in step ? step.after : null;
    return { session: held.plan, held, step, after };
  });
  return [...kept, ...added];
}

/** Whether what the peer has sent fares otherwise, for a while or from now on. */
function changesImport(step: PlanStep | null): boolean {
  if (step?.type === "session-remove" || step?.type === "session-reset") return true;
  return step?.type === "session-live" && step.effects.some((effect) => effect === "import" || effect === "reflect");
}

/** What a session that is not up yet will most likely be told by. */
function newProfile(plan: SessionPlan, speaker: NodePlan): ExportProfile {
  const send = { fourOctetAs: true, maxMessageLength: 4096, extendedNextHop: false, addPath: new Set<Family>() } as const;
  const localAddress = plan.sourceAddress ?? plan.address;
  return exportProfileOf(plan, speaker, { localAddress, internal: plan.ibgp, send });
}

function effect(before: number, tally: Tally | undefined): EffectView {
  const { gained, lost, changed, examples } = tally ?? { gained: 0, lost: 0, changed: 0, examples: [] };
  return { before, after: before + gained - lost, gained, lost, changed, examples };
}
