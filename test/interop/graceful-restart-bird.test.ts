import { Bird } from "../../src/lab/bird.js";
import { gracefulRestartScenario } from "./support/graceful-restart.js";

gracefulRestartScenario("graceful restart with BIRD", {
  requirements: ["bird"],
  makeRouter: (host, options) => new Bird(host, options),
});
