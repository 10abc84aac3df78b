import { afterAll, beforeAll, expect, test } from "vitest";
import { Cluster, fetchText, samplesOf } from "./support.js";

const MIB = 2 ** 20;

let cluster: Cluster;

beforeAll(() => {
  cluster = new Cluster();
  cluster.putNode(1);
});
afterAll(() => cluster.close());

test("the young generation has not grown while the daemon was loaded: it holds 1 MiB a half", async () => {
  const place = `${cluster.address(1)}:9179`;
  await cluster.start(1, "--api", place);
  const samples = samplesOf((await fetchText(`http://${place}/metrics`)).body);
  expect(samples.get('nodejs_heap_space_size_total_bytes{space="new"}')).toBeLessThanOrEqual(2 * MIB);
});
