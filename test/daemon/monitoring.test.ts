import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { blockAffinity } from "../../src/lab/resource-directory.js";
import { until } from "../../src/lab/until.js";
import { Cluster, type DaemonProcess, fetchText, QUICKLY, samplesOf } from "./support.js";

describe("--api", () => {
  let cluster: Cluster;
  let daemon: DaemonProcess;
  let api: string;

  beforeAll(async () => {
    cluster = new Cluster(blockAffinity("n1", "10.244.1.0/26"), blockAffinity("n2", "10.244.2.0/26"));
    cluster.putNode(1);
    cluster.putNode(2);
    api = `http://${cluster.address(1)}:9179`;
    daemon = await cluster.start(1, "--api", `${cluster.address(1)}:9179`);
  });
  afterAll(() => cluster.close());

  test("/readyz names the sessions that are not Established, and is fine once they are; /healthz is fine all the while", async () => {
    const [ready, health] = await Promise.all([fetchText(`${api}/readyz`), fetchText(`${api}/healthz`)]);
    const name = `Mesh_${cluster.address(2).replaceAll(".", "_")}`;
    expect(ready).toMatchObject({ status: 503, body: `not Established yet: ${name}\n` });
    expect(health).toMatchObject({ status: 200, body: "alive\n" });
    await cluster.start(2);
    await daemon.established(cluster.address(2));
    expect(await fetchText(`${api}/readyz`)).toMatchObject({ status: 200, body: "ready\n" });
  });

  test("/metrics says what status says", async () => {
    await until("both have all", async () => (await daemon.routes()).length === 2, QUICKLY);
    const [{ status, type, body }, view] = await Promise.all([fetchText(`${api}/metrics`), daemon.status()]);
    expect({ status, type }).toEqual({ status: 200, type: "text/plain; version=0.0.4; charset=utf-8" });
    const samples = samplesOf(body);
    const session = view.sessions[0]!;
    const labels = `session="${session.name}",peer="${session.address}"`;
    expect(samples.get(`peregrine_session_up{${labels}}`)).toBe(1);
    expect(samples.get(`peregrine_session_state_changed_timestamp_seconds{${labels}}`)).toBe(Date.parse(session.since) / 1000);
    for (const stage of ["received", "accepted", "advertised"] as const)
      expect(samples.get(`peregrine_session_routes{${labels},stage="${stage}"}`)).toBe(session[stage]);
    expect(samples.get(`peregrine_session_messages_total{${labels},direction="in",type="open"}`)).toBe(
      session.messagesIn["open"],
    );
    expect(samples.get(`peregrine_session_resets_total{${labels}}`)).toBe(0);
    expect(samples.get('peregrine_prefixes{family="ipv4-unicast"}')).toBe(2);
    const info = `version="${view.version}",node="n1",router_id="${view.routerId}",as_number="64512"`;
    expect(samples.get(`peregrine_info{${info}}`)).toBe(1);
    expect(samples.get("peregrine_resources_refused")).toBe(0);
  });

  test("the control API is not there, nor is anything else", async () => {
    const answers = await Promise.all(["/v1/status", "/", "/metrics/", "/__proto__"].map((path) => fetchText(api + path)));
    expect(answers.map(({ status }) => status)).toEqual([404, 404, 404, 404]);
    expect(answers[0]?.body).toBe('{"error":"nothing at /v1/status"}');
  });
});
