// Owns the server under test: the real binary on a free port with a folder of its own.
import { spawn, spawnSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

const START_MS = 30_000;
const STOP_MS = 12_000;

export class House {
  static async open(binary) {
    const house = new House();
    house.binary = binary;
    house.folder = await mkdtemp(join(tmpdir(), "parlour-web-"));
    house.port = await freePort();
    await house.start();
    return house;
  }

  /** Brings a history in, `{time, room, user, text}` each, and gives its people, or some of them, a password. */
  async remember(history, password, people = new Set(history.map((line) => line.user))) {
    await this.stop("SIGTERM");
    const file = join(this.folder, "history.jsonl");
    await writeFile(file, history.map((line) => JSON.stringify(line)).join("\n"));
    this.#run(["import", "--data", this.folder, "jsonl", file]);
    for (const user of people) {
      this.#run(["user", "password", user, "--data", this.folder], `${password}\n`);
    }
    await this.start();
  }

  #run(args, input) {
    const done = spawnSync(this.binary, args, { input, encoding: "utf8" });
    if (done.status !== 0) throw new Error(`parlour ${args.join(" ")}: ${done.stderr}`);
  }

  get url() {
    return `http://127.0.0.1:${this.port}`;
  }

  async start() {
    const args = ["serve", "--listen", `127.0.0.1:${this.port}`, "--data", this.folder, "--limits", "off"];
    // A push service of the tests is on this machine.
    const env = { ...process.env, PARLOUR_PUSH_PRIVATE: "true" };
    this.process = spawn(this.binary, args, { stdio: ["ignore", "pipe", "pipe"], env });
    this.words = "";
    for (const stream of [this.process.stdout, this.process.stderr]) stream.on("data", (data) => (this.words += data));
    this.ended = new Promise((resolve) => this.process.once("exit", resolve));
    const until = Date.now() + START_MS;
    while (Date.now() < until) {
      if (this.process.exitCode !== null) break;
      const answer = await fetch(`${this.url}/api/v1/profile`).catch(() => undefined);
      if (answer) return;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error(`the server did not start:\n${this.words}`);
  }

  /** Without a goodbye: as a power cut would. */
  async stop(signal = "SIGKILL") {
    this.process.kill(signal);
    const timer = setTimeout(() => this.process.kill("SIGKILL"), STOP_MS);
    await this.ended;
    clearTimeout(timer);
  }

  async close() {
    await this.stop("SIGTERM");
    await rm(this.folder, { recursive: true, force: true });
  }
}

function freePort() {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });
}
