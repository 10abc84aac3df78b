import { Bird } from "../../src/lab/bird.js";
import { peeringScenario } from "./support/peering.js";
import { CLUSTER_AS } from "./support/site.js";

peeringScenario("iBGP with BIRD", {
  requirements: ["bird"],
  routerAs: CLUSTER_AS,
  makeRouter: (host, options) => new Bird(host, options),
});
