import { writeFileSync } from "node:fs";
import { Session } from "node:inspector";
import { join } from "node:path";
import { isMainThread } from "node:worker_threads";

// Preloaded into the daemon by `--profile DIR` (through NODE_OPTIONS, which --cpu-prof may not be in): profiles its main
// thread to its end and writes DIR/peregrine-PID.cpuprofile, to be opened in the browser's developer tools.

const SAMPLE_MICROSECONDS = 500;
const directory = process.env["PEREGRINE_BENCH_PROFILE"];

if (directory !== undefined && isMainThread && process.argv[2] === "run") {
  const session = new Session();
  session.connect();
  session.post("Profiler.enable");
  session.post("Profiler.setSamplingInterval", { interval: SAMPLE_MICROSECONDS });
  session.post("Profiler.start");
  process.once("exit", () => {
    session.post("Profiler.stop", (error, { profile }) => {
      if (error === null) writeFileSync(join(directory, `peregrine-${process.pid}.cpuprofile`), JSON.stringify(profile));
    });
  });
}
