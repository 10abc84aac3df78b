import { describe, expect, test } from "vitest";
import type { SessionView, StatusView } from "../../src/api/views.js";
import { plainTable } from "../../src/cli/render.js";
import { renderStatus, since } from "../../src/cli/status.js";

const session = (part: Partial<SessionView>): SessionView =>
  ({ port: 179, family: "ipv4-unicast", since: "2026-11-22T09:12:44", state: "up", info: "Established", ...part }) as SessionView;

const OVER = { phase: "over", waitingFor: [], until: null };
const ACCEPTED = { state: "accepted", faults: [], trial: null, history: { trouble: null } };

const status = (sessions: SessionView[], resources: object = ACCEPTED, recovery: object = OVER): StatusView =>
  ({ sessions, resources, recovery }) as unknown as StatusView;

const NOW = Date.parse("2026-11-22T12:00:00");

describe("renderStatus", () => {
  test("prints calicoctl's table: mesh before global, centred headings, no wrapping", () => {
    const rows = [
      session({
        address: "192.20.30.40",
        type: "global",
        state: "start",
        since: "2026-11-20T00:00:00",
        info: "Active Socket: Connection refused",
      }),
      session({ address: "10.0.0.12", type: "mesh" }),
    ];
    expect(renderStatus(status(rows), NOW)).toBe(`Peregrine process is running.

IPv4 BGP status
+--------------+-------------------+-------+------------+-----------------------------------+
| PEER ADDRESS |     PEER TYPE     | STATE |   SINCE    |               INFO                |
+--------------+-------------------+-------+------------+-----------------------------------+
| 10.0.0.12    | node-to-node mesh | up    | 09:12:44   | Established                       |
| 192.20.30.40 | global            | start | 2026-11-20 | Active Socket: Connection refused |
+--------------+-------------------+-------+------------+-----------------------------------+

IPv6 BGP status
No IPv6 peers found.
`);
  });

  test("says on top that a graceful restart goes on, whom it waits for and how long", () => {
    const recovery = { phase: "deferring", waitingFor: ["Mesh_10_0_0_12", "tor"], until: "2026-11-22T09:15:00.000Z" };
    expect(renderStatus(status([], ACCEPTED, recovery), NOW)).toMatch(
      /^Peregrine process is running\.\nGraceful restart recovery in progress: waiting for Mesh_10_0_0_12, tor until 2026-11-22T09:15:00\.000Z at the latest\.\n/,
    );
  });

  test.each([
    [
      { trial: { returnTo: 3, deadline: "2026-11-22T12:01:00.000Z", isConfirmed: false } },
      'WARNING: a change is on trial: generation 3 comes back at 2026-11-22T12:01:00.000Z unless "peregrine confirm" is run.',
    ],
    [
      { trial: { returnTo: 3, deadline: "2026-11-22T12:01:00.000Z", isConfirmed: true } },
      "generation 3 comes back at 2026-11-22T12:01:00.000Z unless sessions that were up before it come back.",
    ],
    [
      { state: "set-aside", directory: "/r", generation: 4, acceptedAt: "T" },
      "WARNING: the resources in /r were returned from and are not followed until they change; those of generation 4, accepted at T stay in force.",
    ],
    [
      { history: { trouble: "/s: permission denied" } },
      "WARNING: no history is kept, so nothing can be rolled back: /s: permission denied",
    ],
  ])("says loudly %j", (part, expected) => {
    expect(renderStatus(status([], { ...ACCEPTED, ...part }), NOW)).toContain(expected);
  });

  test("says loudly when the resources on disk are refused", () => {
    const text = renderStatus(
      status([session({ address: "fd00::1", port: 1179, type: "node", family: "ipv6-unicast" })], {
        state: "refused",
        directory: "/etc/peregrine/resources",
        acceptedAt: "2026-11-22T09:00:00.000Z",
        generation: null,
        trial: null,
        history: { directory: "/var/lib/peregrine/generations", trouble: null },
        faults: [
          { severity: "warning", message: "w" },
          { severity: "error", message: "peers.yaml:3:7: unknown field" },
        ],
      }),
      NOW,
    );
    expect(text).toContain("| fd00::1      | node specific |");
    expect(text).toContain("are refused");
    expect(text).toContain("\n  peers.yaml:3:7: unknown field\n");
    expect(text).not.toContain("\n  w\n");
  });
});

test("since is a time under 20 hours of age and a date above", () => {
  expect(since("2026-11-22T09:12:44", NOW)).toBe("09:12:44");
  expect(since("2026-11-21T09:12:44", NOW)).toBe("2026-11-21");
});

test("plainTable aligns columns and ends no line with blanks", () => {
  expect(plainTable(["A", "LONGER"], [["10.0.0.0/8", "x"]])).toBe("A           LONGER\n10.0.0.0/8  x");
});
