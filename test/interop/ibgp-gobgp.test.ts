import { GoBgp } from "../../src/lab/gobgp.js";
import { peeringScenario } from "./support/peering.js";
import { CLUSTER_AS } from "./support/site.js";

peeringScenario("iBGP with GoBGP", {
  requirements: ["gobgp"],
  routerAs: CLUSTER_AS,
  makeRouter: (host, options) => new GoBgp(host, options),
});
