import { Bird } from "../../src/lab/bird.js";
import { peeringScenario } from "./support/peering.js";

peeringScenario("eBGP with BIRD", {
  requirements: ["bird"],
  routerAs: 65001,
  makeRouter: (host, options) => new Bird(host, options),
});
