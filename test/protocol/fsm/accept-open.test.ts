import { describe, expect, test } from "vitest";
import type { Capability, Role } from "../../../protocol/capabilities/capability.js";
import { acceptOpen } from "../../../protocol/fsm/accept-open.js";
import type { SessionConfig } from "../../../protocol/fsm/session-config.js";
import type { OpenMessage } from "../../../protocol/messages/open.js";
import { AS_TRANS, asn } from "../../../protocol/net/asn.js";
import { routerId } from "../../../protocol/net/router-id.js";
import { CONFIG, IPV4, PEER_OPEN } from "./fixtures.js";

/** "ok", or code/subcode and data in hex. */
function verdict(open: Partial<OpenMessage>, config: SessionConfig = CONFIG): string {
  const result = acceptOpen({ ...PEER_OPEN, ...open }, config);
  if (result.ok) return "ok";
  const { code, subcode, data } = result.error;
  return `${code}/${subcode} ${[...data].map((octet) => octet.toString(16).padStart(2, "0")).join("")}`.trim();
}

const fourOctets = (value: number): Capability[] => [IPV4, { type: "four-octet-as", asNumber: asn(value) }];
const internal: SessionConfig = { ...CONFIG, open: { ...CONFIG.open, peerAs: asn(65001) } };

describe("acceptOpen (RFC 4271 §6.2)", () => {
  test.each<[string, Partial<OpenMessage>, string]>([
    ["the OPEN of the expected peer", {}, "ok"],
    ["version 3: the data is our version", { version: 3 }, "2/1 0004"],
    ["version 5", { version: 5 }, "2/1 0004"],
    ["another AS number in the field", { myAs: asn(65003), capabilities: [IPV4] }, "2/2"],
    ["another AS number in the capability (RFC 6793 §4.1)", { capabilities: fourOctets(65003) }, "2/2"],
    ["AS 0 (RFC 7607 §2)", { myAs: asn(0), capabilities: [IPV4] }, "2/2"],
    ["AS 0 in the capability (RFC 7607 §2)", { capabilities: fourOctets(0) }, "2/2"],
    ["AS_TRANS in the field when the capability has the right number", { myAs: AS_TRANS, capabilities: fourOctets(65002) }, "ok"],
    ["identifier 0 (RFC 6286 §2.2)", { routerId: routerId(0) }, "2/3"],
    ["our identifier in another AS (RFC 6286 §2.2)", { routerId: CONFIG.open.routerId }, "ok"],
    ["hold time 1", { holdTimeSeconds: 1 }, "2/6"],
    ["hold time 2", { holdTimeSeconds: 2 }, "2/6"],
    ["hold time 3", { holdTimeSeconds: 3 }, "ok"],
    ["hold time 0", { holdTimeSeconds: 0 }, "ok"],
    ["no multiprotocol capability, which means IPv4", { capabilities: [] }, "ok"],
    [
      "no family in common: the data is the capability we need (RFC 5492 §5)",
      { capabilities: [{ type: "multiprotocol", afi: 2, safi: 1 }] },
      "2/7 010400010001",
    ],
  ])("judges %s", (_, open, expected) => {
    expect(verdict(open)).toBe(expected);
  });

  test("refuses our identifier within the AS (RFC 6286 §2.2)", () => {
    const open = { myAs: asn(65001), capabilities: fourOctets(65001) };
    expect(verdict({ ...open, routerId: CONFIG.open.routerId }, internal)).toBe("2/3");
    expect(verdict(open, internal)).toBe("ok");
  });

  test("answers with what was negotiated", () => {
    const result = acceptOpen(PEER_OPEN, CONFIG);
    expect(result).toMatchObject({
      ok: true,
      value: { peerAs: 65002, holdTimeSeconds: 90, keepaliveSeconds: 30, internal: false },
    });
  });
});

describe("acceptOpen and roles (RFC 9234 §4.2)", () => {
  const ROLES: readonly Role[] = ["provider", "customer", "route-server", "route-server-client", "peer"];
  const FITTING = new Set([
    "provider customer",
    "customer provider",
    "route-server route-server-client",
    "route-server-client route-server",
    "peer peer",
  ]);
  const withRoles = (...roles: Role[]): Capability[] => [IPV4, ...roles.map((role) => ({ type: "role", role }) as const)];
  const ours = (role: Role, more: Partial<SessionConfig> = {}): SessionConfig => ({
    ...CONFIG,
    ...more,
    open: { ...CONFIG.open, capabilities: withRoles(role) },
  });

  test.each(ROLES.flatMap((a) => ROLES.map((b) => [a, b] as const)))("our %s faces the peer's %s", (role, theirs) => {
    expect(verdict({ capabilities: withRoles(theirs) }, ours(role))).toBe(FITTING.has(`${role} ${theirs}`) ? "ok" : "2/11");
  });

  test("a peer without a role is refused in strict mode only", () => {
    expect(verdict({ capabilities: [IPV4] }, ours("peer"))).toBe("ok");
    expect(verdict({ capabilities: [IPV4] }, ours("peer", { requireRole: true }))).toBe("2/11");
  });

  test("several different roles are refused, the same one twice is not", () => {
    expect(verdict({ capabilities: withRoles("customer", "peer") }, ours("provider"))).toBe("2/11");
    expect(verdict({ capabilities: withRoles("customer", "customer") }, ours("provider"))).toBe("ok");
  });

  test("without a role of ours the peer's is not looked at", () => {
    expect(verdict({ capabilities: withRoles("customer", "peer") })).toBe("ok");
  });
});
