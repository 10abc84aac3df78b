// `npm start`: all the set-up, then the quickstart network (examples/quickstart/).
import { spawn } from "node:child_process";
import { join } from "node:path";
import { installPackages } from "./packages.mjs";
import { build, checkNode, installDependencies, ROOT } from "./set-up.mjs";

checkNode();
installDependencies();
build("src");
installPackages(["iproute2", "iputils-ping"]);

const lab = spawn(process.execPath, [join(ROOT, "dist", "src", "main.js"), "lab", ...process.argv.slice(2)], {
  stdio: "inherit",
});
process.on("SIGINT", () => undefined); // the terminal sends Ctrl-C to the lab as well; wait until it has cleaned up
process.on("SIGTERM", () => lab.kill("SIGTERM"));
lab.on("exit", (code) => process.exit(code ?? 1));
