// Owns a browser that can be killed: a process of its own with a folder that outlives it.
import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";
import { ARGS, EXECUTABLE } from "./browser.js";

export class Mortal {
  static async born() {
    const mortal = new Mortal();
    mortal.folder = await mkdtemp(join(tmpdir(), "parlour-browser-"));
    await mortal.start();
    return mortal;
  }

  /** Its one context; a browser that rises again has what was on its disk. */
  async start() {
    const args = [...ARGS, "--remote-debugging-port=0", `--user-data-dir=${this.folder}`, "about:blank"];
    this.process = spawn(EXECUTABLE, args, { stdio: ["ignore", "ignore", "pipe"], detached: true });
    this.ended = new Promise((resolve) => this.process.once("exit", resolve));
    const address = await new Promise((resolve, reject) => {
      let words = "";
      this.process.stderr.on("data", (data) => {
        words += data;
        const found = /DevTools listening on (ws:\S+)/.exec(words);
        if (found) resolve(found[1]);
      });
      this.process.once("exit", () => reject(new Error(`the browser did not start:\n${words}`)));
    });
    this.browser = await chromium.connectOverCDP(address);
    this.context = this.browser.contexts()[0];
  }

  /** All its processes at once, as when the power goes. */
  async kill() {
    process.kill(-this.process.pid, "SIGKILL");
    await this.ended;
  }

  async close() {
    await this.kill().catch(() => undefined);
    await rm(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }
}
