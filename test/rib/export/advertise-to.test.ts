import { describe, expect, it } from "vitest";
import { advertiseTo, Refusal } from "../../../rib/export/advertise-to.js";
import { AttributeFlag } from "../../../rib/store/attribute-facts.js";
import { peerFacts, profileOf } from "../../models/export-world.js";

const FROM = {
  external: peerFacts(),
  client: peerFacts({ internal: true, rrClient: true }),
  nonClient: peerFacts({ internal: true }),
  static: peerFacts({ source: "static" }),
  kernel: peerFacts({ source: "kernel" }),
} as const;

const TO = {
  external: profileOf(),
  internal: profileOf({ internal: true }),
  client: profileOf({ internal: true, rrClient: true, clusterId: 1 }),
  nonClient: profileOf({ internal: true, clusterId: 1 }),
} as const;

const { NoExport, NoAdvertise, NoExportSubconfed } = AttributeFlag;

describe("advertiseTo", () => {
  it.each([
    // RFC 4271 §9.2: what an internal peer told us is for external peers only
    ["external", "external", null],
    ["external", "internal", null],
    ["client", "external", null],
    ["nonClient", "external", null],
    ["nonClient", "internal", Refusal.NotReflected],
    // RFC 4456 §6: a reflector passes a client's routes to all, a non-client's to clients
    ["external", "client", null],
    ["external", "nonClient", null],
    ["client", "client", null],
    ["client", "nonClient", null],
    ["nonClient", "client", null],
    ["nonClient", "nonClient", Refusal.NonClients],
    // routes of our own go everywhere
    ["static", "external", null],
    ["static", "internal", null],
    ["kernel", "nonClient", null],
  ] as const)("a path from %s to %s", (from, to, refusal) => {
    expect(advertiseTo(FROM[from], 0, TO[to])).toBe(refusal);
  });

  it.each([
    // RFC 1997
    ["NO_ADVERTISE", NoAdvertise, "external", Refusal.NoAdvertise],
    ["NO_ADVERTISE", NoAdvertise, "internal", Refusal.NoAdvertise],
    ["NO_ADVERTISE", NoAdvertise, "client", Refusal.NoAdvertise],
    ["NO_EXPORT", NoExport, "external", Refusal.NoExport],
    ["NO_EXPORT", NoExport, "internal", null],
    ["NO_EXPORT", NoExport, "client", null],
    ["NO_EXPORT_SUBCONFED", NoExportSubconfed, "external", Refusal.NoExportSubconfed],
    ["NO_EXPORT_SUBCONFED", NoExportSubconfed, "internal", null],
  ] as const)("a path with %s (%i) to %s", (_name, flags, to, refusal) => {
    expect(advertiseTo(FROM.external, flags, TO[to])).toBe(refusal);
    expect(advertiseTo(FROM.static, flags, TO[to])).toBe(refusal);
  });
});
