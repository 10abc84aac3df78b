import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { KEEPALIVE, Lab, OPEN, peerConfig } from "./lab.js";

/** Host 2 has the higher identifier: of two connections the one that it opens lives. */
const CEASE_7 = "notification 6/7";

describe("connection collision (RFC 4271 §6.8)", () => {
  test("two peers that dial at once keep the connection of the one with the higher identifier", () => {
    const lab = new Lab();
    const one = lab.host(1, peerConfig(1, 2));
    const two = lab.host(2, peerConfig(2, 1));
    one.peer.start();
    two.peer.start();
    lab.clock.advance(100); // both dial before either connection is made
    lab.run();
    expect(one.peer.status()).toMatchObject({
      state: "Established",
      lastError: null,
      remotePort: expect.not.toBeOneOf([179]),
    });
    expect(two.peer.status()).toMatchObject({ state: "Established", remotePort: 179 });
    expect(one.handler.log).toEqual(["established"]);
    expect(two.handler.log).toEqual(["established"]);
    lab.advance(300);
    expect(one.peer.status().state).toBe("Established");
    expect(one.peer.status().established).toBe(1);
  });

  test("the losing connection hears Cease 7, the winning one goes on", () => {
    const lab = new Lab();
    const dialled = lab.remote(2);
    const { peer } = lab.host(1, peerConfig(1, 2));
    peer.start();
    lab.advance(0.2);
    const incoming = lab.connect(2, 1);
    dialled[0]?.send(OPEN);
    lab.run();
    incoming.send(OPEN, KEEPALIVE);
    lab.run();
    expect(dialled[0]?.heard).toEqual(["open", "keepalive", CEASE_7]);
    expect(incoming.heard).toEqual(["open", "keepalive"]);
    expect(peer.status()).toMatchObject({ state: "Established", lastError: null });
  });

  test("a new connection that loses is told so before anything else, so that it never looks accepted", () => {
    const lab = new Lab();
    const dialled = lab.remote(1);
    const { peer } = lab.host(2, peerConfig(2, 1));
    peer.start();
    lab.advance(0.2);
    const open = { ...OPEN, myAs: peer.config.session.open.peerAs, routerId: OPEN.routerId - 1 } as typeof OPEN;
    dialled[0]?.send(open);
    lab.run();
    const incoming = lab.connect(1, 2);
    incoming.send(open);
    lab.run();
    expect(incoming.heard).toEqual(["open", CEASE_7]);
    dialled[0]?.send(KEEPALIVE);
    lab.run();
    expect(peer.status().state).toBe("Established");
  });

  test("an OPEN that is refused does not end the other connection", () => {
    const lab = new Lab();
    const dialled = lab.remote(2);
    const { peer } = lab.host(1, peerConfig(1, 2));
    peer.start();
    lab.advance(0.2);
    dialled[0]?.send(OPEN);
    const incoming = lab.connect(2, 1);
    lab.run();
    incoming.send({ ...OPEN, holdTimeSeconds: 1 });
    lab.run();
    expect(incoming.heard).toEqual(["open", "notification 2/6"]);
    dialled[0]?.send(KEEPALIVE);
    lab.run();
    expect(peer.status().state).toBe("Established");
  });

  test("an Established session wins against a new connection", () => {
    const lab = new Lab();
    const { peer, handler } = lab.established();
    const incoming = lab.connect(2, 1);
    incoming.send(OPEN, KEEPALIVE);
    lab.run();
    expect(incoming.heard).toEqual(["open", CEASE_7]);
    expect(peer.status().state).toBe("Established");
    expect(handler.log).toEqual(["established"]);
  });

  test("a third connection is not taken", () => {
    const lab = new Lab();
    lab.remote(2);
    const { peer } = lab.host(1, peerConfig(1, 2));
    peer.start();
    lab.advance(0.2);
    const second = lab.connect(2, 1);
    const third = lab.connect(2, 1);
    lab.run();
    expect(second.closed).toBeUndefined();
    expect(third.closed).toBe(null);
  });

  test("when our connection fails, the peer's goes on; no second session is begun", () => {
    const lab = new Lab();
    const dialled = lab.remote(2);
    const { peer } = lab.host(1, peerConfig(1, 2));
    peer.start();
    lab.advance(0.2);
    const incoming = lab.connect(2, 1);
    lab.run();
    dialled[0]?.connection.destroy();
    lab.run();
    incoming.send(OPEN, KEEPALIVE);
    lab.run();
    expect(peer.status()).toMatchObject({ state: "Established", lastError: null });
    lab.advance(60);
    expect(dialled).toHaveLength(1);
  });

  test("when the peer's connection fails, ours goes on", () => {
    const lab = new Lab();
    const dialled = lab.remote(2);
    const { peer } = lab.host(1, peerConfig(1, 2));
    peer.start();
    lab.advance(0.2);
    const incoming = lab.connect(2, 1);
    lab.run();
    incoming.connection.destroy();
    lab.run();
    dialled[0]?.send(OPEN, KEEPALIVE);
    lab.run();
    expect(peer.status().state).toBe("Established");
  });

  test("however two peers start, lose connections and reset, they are Established in the end", () => {
    const step = fc.record({
      wait: fc.integer({ min: 0, max: 8000 }),
      host: fc.constantFrom(0, 1),
      action: fc.constantFrom("reset", "fail", "nothing"),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 12 }), fc.integer({ min: 0, max: 3000 }), (steps, head) => {
        const lab = new Lab();
        const hosts = [lab.host(1, peerConfig(1, 2)), lab.host(2, peerConfig(2, 1))];
        hosts[0]?.peer.start();
        lab.advance(head / 1000);
        hosts[1]?.peer.start();
        for (const { wait, host, action } of steps) {
          lab.advance(wait / 1000);
          if (action === "reset") hosts[host]?.peer.reset({ subcode: 4 });
          if (action === "fail") hosts[host]?.peer.fail({ subcode: 8 });
        }
        lab.advance(180);
        for (const { peer, handler } of hosts) {
          expect(peer.status().state).toBe("Established");
          const [opened, closed] = ["established", "closed"].map((word) => handler.log.filter((entry) => entry === word).length);
          expect(opened).toBe(closed! + 1);
        }
      }),
      { numRuns: 200 },
    );
  });
});
