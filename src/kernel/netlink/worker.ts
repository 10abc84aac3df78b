import { parentPort, workerData } from "node:worker_threads";
import { KernelWorker } from "./kernel-worker.js";
import type { FromWorker, ToWorker, WorkerOptions } from "./thread-messages.js";

// Entry of the worker thread: nothing but the port.

const port = parentPort;
if (port === null) throw new Error("this file is the entry of a worker thread");

const worker = new KernelWorker(workerData as WorkerOptions, (message: FromWorker, transfer: ArrayBuffer[] = []) => {
  port.postMessage(message, transfer);
});
port.on("message", (message: ToWorker) => {
  worker.receive(message);
  if (message.type === "stop") port.close();
});
worker.start();
