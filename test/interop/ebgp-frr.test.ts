import { Frr } from "../../src/lab/frr.js";
import { peeringScenario } from "./support/peering.js";

peeringScenario("eBGP with FRR", {
  requirements: ["frr"],
  routerAs: 65001,
  makeRouter: (host, options) => new Frr(host, options),
});
