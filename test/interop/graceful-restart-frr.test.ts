import { Frr } from "../../src/lab/frr.js";
import { gracefulRestartScenario } from "./support/graceful-restart.js";

gracefulRestartScenario("graceful restart with FRR", {
  requirements: ["frr"],
  makeRouter: (host, options) => new Frr(host, options),
});
