import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { IdQueue } from "../../../rib/store/id-queue.js";

describe("IdQueue", () => {
  test("is a queue in which every id is at most once", () => {
    const step = fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 3000 }), fc.integer({ min: 1, max: 20 }));
    fc.assert(
      fc.property(fc.array(step, { maxLength: 400 }), (steps) => {
        const queue = new IdQueue();
        const model: number[] = [];
        for (const id of steps) {
          if (id === 0) expect(queue.take()).toBe(model.shift() ?? 0);
          else {
            expect(queue.add(id)).toBe(!model.includes(id));
            if (!model.includes(id)) model.push(id);
            expect(queue.has(id)).toBe(true);
          }
          expect(queue.size).toBe(model.length);
        }
        for (const id of model) expect(queue.take()).toBe(id);
        expect(queue.take()).toBe(0);
      }),
    );
  });
});
