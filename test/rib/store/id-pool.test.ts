import { describe, expect, test } from "vitest";
import { IdPool } from "../../../rib/store/id-pool.js";

describe("IdPool", () => {
  test("begins with 1 and gives the id freed last first", () => {
    const pool = new IdPool();
    expect([pool.take(), pool.take(), pool.take()]).toEqual([1, 2, 3]);
    pool.giveBack(1);
    pool.giveBack(3);
    expect(pool.count).toBe(1);
    expect([pool.take(), pool.take(), pool.take()]).toEqual([3, 1, 4]);
    expect(pool.highest).toBe(4);
  });

  test("takes back any number", () => {
    const pool = new IdPool();
    for (let i = 0; i < 1000; i++) pool.take();
    for (let id = 1; id <= 1000; id++) pool.giveBack(id);
    expect(pool.count).toBe(0);
    expect(new Set(Array.from({ length: 1000 }, () => pool.take())).size).toBe(1000);
    expect(pool.highest).toBe(1000);
  });
});
