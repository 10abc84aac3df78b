import { expect, test } from "vitest";
import { KernelView, type ViewChange } from "../../src/kernel/kernel-view.js";
import { KernelMessages } from "./kernel-messages.js";

test("KernelView.replaceInterfaces and replaceRoutes forget what is not in them", () => {
  const view = new KernelView();
  view.replaceInterfaces(new KernelMessages().link(1, "lo").link(2, "eth0").address(2, "10.0.0.1/24").take());
  view.replaceRoutes(new KernelMessages().route("0.0.0.0/0", [["10.0.0.254", 2]]).take());
  expect([names(view), addresses(view), routes(view)]).toEqual([["lo", "eth0"], ["10.0.0.1"], ["0.0.0.0/0 10.0.0.254"]]);
  view.replaceInterfaces(new KernelMessages().link(1, "lo").take());
  view.replaceRoutes(new KernelMessages().take());
  expect([names(view), addresses(view), routes(view)]).toEqual([["lo"], [], []]);
});

test("KernelView tells listeners once for each group of changes, and nothing when nothing changed", () => {
  const view = new KernelView();
  const heard: ViewChange[][] = [];
  const unsubscribe = view.subscribe((changes) => heard.push([...changes].sort()));
  const group = new KernelMessages()
    .link(2, "eth0")
    .address(2, "10.0.0.1/24")
    .route("10.1.0.0/16", [["10.0.0.9", 2]])
    .take();
  view.apply(group);
  view.apply(new KernelMessages().link(2, "eth0").address(2, "10.0.0.1/24").take());
  unsubscribe();
  view.apply(new KernelMessages().noLink(2, "eth0").take());
  expect(heard).toEqual([["interfaces", "routes"]]);
});

test("KernelView keeps two routes of one prefix apart by metric and by way, and a replacement takes the place of its metric", () => {
  const view = new KernelView();
  view.apply(
    new KernelMessages()
      .route("10.1.0.0/16", [["10.0.0.1", 2]])
      .route("10.1.0.0/16", [["10.0.0.2", 2]], { metric: 5 })
      .route("10.1.0.0/16", [["10.0.0.3", 2]], { metric: 5 })
      .take(),
  );
  expect(routes(view)).toHaveLength(3);
  view.apply(new KernelMessages().noRoute("10.1.0.0/16", [["10.0.0.2", 2]], { metric: 5 }).take());
  expect(routes(view)).toEqual(["10.1.0.0/16 10.0.0.1", "10.1.0.0/16 10.0.0.3"]);
  view.apply(new KernelMessages().replacedRoute("10.1.0.0/16", [["10.0.0.4", 2]], { metric: 5 }).take());
  expect(routes(view)).toEqual(["10.1.0.0/16 10.0.0.1", "10.1.0.0/16 10.0.0.4"]);
});

test("KernelView drops the IPv4 routes of a link that went down, those with another hop not, as the kernel does silently", () => {
  for (const message of [new KernelMessages().link(2, "eth0", "down"), new KernelMessages().noLink(2, "eth0")]) {
    const view = new KernelView();
    view.apply(
      new KernelMessages()
        .link(2, "eth0")
        .link(3, "eth1")
        .route("10.1.0.0/16", [["10.0.0.1", 2]])
        .route("10.2.0.0/16", [
          ["10.0.0.1", 2],
          ["10.9.0.1", 3],
        ])
        .route("2001:db8::/32", [["fd00::1", 2]])
        .route("10.3.0.0/16", [])
        .take(),
    );
    view.apply(message.take());
    expect(routes(view)).toEqual(["10.2.0.0/16 10.0.0.1,10.9.0.1", "2001:db8::/32 fd00::1", "10.3.0.0/16 "]);
  }
});

test("KernelView.isOwn knows the addresses of this host until they are removed or their link is", () => {
  const view = new KernelView();
  view.apply(new KernelMessages().link(2, "eth0").address(2, "10.0.0.1/24").address(2, "10.0.0.2/24").take());
  const own = [...view.addresses].map(({ local }) => local);
  view.apply(new KernelMessages().noAddress(2, "10.0.0.2/24").take());
  expect(own.map((address) => view.isOwn(address))).toEqual([true, false]);
  view.apply(new KernelMessages().noLink(2, "eth0").take());
  expect(view.isOwn(own[0])).toBe(false);
});

function names(view: KernelView): string[] {
  return [...view.links].map((link) => link.name);
}

function addresses(view: KernelView): string[] {
  return [...view.addresses].map(({ local }) => `${local}`);
}

function routes(view: KernelView): string[] {
  return [...view.routes()].map((route) => `${route.prefix} ${route.hops.map((hop) => `${hop.gateway}`).join(",")}`);
}
