import { Bird } from "../../src/lab/bird.js";
import { Frr } from "../../src/lab/frr.js";
import { pathsScenario } from "./support/paths.js";

pathsScenario("all paths to and from BIRD (RFC 7911)", {
  requirements: [],
  makeRouter: (host, options) => new Bird(host, options),
});

pathsScenario("all paths to and from FRR (RFC 7911)", {
  requirements: ["frr"],
  makeRouter: (host, options) => new Frr(host, options),
});
