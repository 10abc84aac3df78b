import { describe, expect, test } from "vitest";
import { Contributors } from "../../rib/contributors.js";
import { NextHopTable } from "../../rib/next-hop-table.js";
import { MOST_PATHS, PathLanes } from "../../rib/path-lanes.js";
import { AttributeSetTable } from "../../rib/store/attribute-set-table.js";
import { NO_ATTRIBUTES, type PeerId, type PrefixId } from "../../rib/store/ids.js";
import { attributeList } from "./attribute-lists.js";

class Setting {
  readonly attributes = new AttributeSetTable({ seed: 1, nextHops: new NextHopTable(1) });
  readonly lanes = new PathLanes(7 as PeerId, this.attributes, new Contributors());
  readonly #set = this.attributes.intern(attributeList({}), 0, attributeList({}).length);

  /** @returns the lane the path went to; null: it was refused */
  announce(prefix: number, pathId: number): number | null {
    const lane = this.lanes.laneFor(prefix as PrefixId, pathId);
    lane?.put(prefix as PrefixId, this.#set, this.#set);
    return lane?.lane ?? null;
  }

  withdraw(prefix: number, pathId: number): void {
    this.lanes.find(prefix as PrefixId, pathId)!.put(prefix as PrefixId, NO_ATTRIBUTES, NO_ATTRIBUTES);
  }

  /** Pages behind the first lane. */
  get extraPages(): number {
    return this.lanes.all.slice(1).reduce((sum, { pageCount }) => sum + pageCount, 0);
  }
}

describe("PathLanes", () => {
  test("path identifiers that are all different still need only as many lanes as a prefix has paths", () => {
    const setting = new Setting();
    for (let id = 1; id <= 3000; id++) setting.announce(1 + (id % 1000), id);
    expect([setting.lanes.all.length, setting.lanes.routeCount]).toEqual([3, 3000]);
  });

  test("a path stays in its lane when others go, and the lane that is free is taken next", () => {
    const setting = new Setting();
    expect([10, 20, 0xffffffff].map((id) => setting.announce(5, id))).toEqual([0, 1, 2]);
    setting.withdraw(5, 20);
    expect(setting.announce(5, 0xffffffff)).toBe(2);
    expect(setting.announce(5, 30)).toBe(1);
    expect(setting.lanes.find(5 as PrefixId, 20)).toBeNull();
    expect(setting.lanes.all.map((lane) => lane.pathId(5 as PrefixId))).toEqual([10, 30, 0xffffffff]);
  });

  test("identifier 0 is one like others, also in a lane that had another before", () => {
    const setting = new Setting();
    expect([setting.announce(5, 0), setting.announce(5, 8)]).toEqual([0, 1]);
    setting.withdraw(5, 8);
    setting.announce(6, 9);
    setting.withdraw(5, 0);
    setting.announce(5, 3);
    setting.withdraw(5, 3);
    expect(setting.announce(5, 0)).toBe(0);
    expect(setting.lanes.find(5 as PrefixId, 0)?.lane).toBe(0);
  });

  test("endless identifiers for one prefix end at a thousand paths; then one that goes makes room for another", () => {
    const setting = new Setting();
    for (let id = 0; id < MOST_PATHS; id++) expect(setting.announce(5, id)).toBe(id);
    expect([setting.announce(5, MOST_PATHS), setting.announce(5, MOST_PATHS + 1)]).toEqual([null, null]);
    expect(setting.announce(5, 17)).toBe(17); // known ones may still change
    setting.withdraw(5, 17);
    expect(setting.announce(5, MOST_PATHS)).toBe(17);
    expect(setting.lanes.routeCount).toBe(MOST_PATHS);
  });

  test("few prefixes with many paths, scattered over many blocks, cannot take more than 8 MiB and 128 octets a route", () => {
    const setting = new Setting();
    let refused = 0;
    for (let block = 0; block < 3000; block++) {
      expect(setting.announce(block * 1024 + 1, 1)).toBe(0); // a first path always gets its place
      if (setting.announce(block * 1024 + 1, 2) === null) refused++;
    }
    expect(refused).toBeGreaterThan(1800);
    expect(setting.extraPages).toBeLessThanOrEqual(1024 + setting.lanes.routeCount / 64 + 1);
  });
});
