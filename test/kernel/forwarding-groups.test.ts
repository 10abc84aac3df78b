import { expect, test } from "vitest";
import { ForwardingGroups, mergeHops } from "../../src/kernel/forwarding-groups.js";
import { ip } from "./kernel-messages.js";

const a = { gateway: ip("10.0.0.1"), ifindex: 2, onlink: false, weight: 1 };
const b = { gateway: ip("10.0.0.2"), ifindex: 2, onlink: false, weight: 1 };

test("ForwardingGroups gives the same hops the same number in any order, and defines each once", () => {
  const groups = new ForwardingGroups();
  expect(groups.idOf([a, b])).toBe(groups.idOf([b, a]));
  expect(groups.idOf([])).not.toBe(groups.idOf([a]));
  expect(groups.takeDefinitions().map(({ hops }) => hops.length)).toEqual([2, 0, 1]);
  expect(groups.takeDefinitions()).toEqual([]);
});

test("ForwardingGroups releases a group with its last route, and uses its number again", () => {
  const groups = new ForwardingGroups();
  const id = groups.idOf([a]);
  groups.retain(id);
  groups.retain(id);
  groups.release(id);
  expect(groups.takeReleases()).toEqual([]);
  groups.release(id);
  groups.retain(id);
  expect(groups.takeReleases()).toEqual([]);
  groups.release(id);
  expect(groups.takeReleases()).toEqual([id]);
  expect(groups.count).toBe(0);
  expect(groups.idOf([b])).toBe(id);
});

test("mergeHops has each hop once and no more than a route may have", () => {
  expect(mergeHops([[a, b], [b]])).toEqual([a, b]);
  const many = [...Array(40).keys()].map((i) => [{ ...a, ifindex: i + 1 }]);
  expect(mergeHops(many)).toHaveLength(16);
});
