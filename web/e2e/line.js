// Owns one person's line to the server, which can be cut and mended: airplane mode, also for workers.
import { connect, createServer } from "node:net";

export class Line {
  static async to(port) {
    const line = new Line();
    line.sockets = new Set();
    line.isCut = false;
    line.server = createServer((near) => line.#join(near, port));
    await new Promise((resolve) => line.server.listen(0, "127.0.0.1", resolve));
    line.port = line.server.address().port;
    return line;
  }

  get url() {
    return `http://127.0.0.1:${this.port}`;
  }

  cut() {
    this.isCut = true;
    for (const socket of this.sockets) socket.destroy();
  }

  mend() {
    this.isCut = false;
  }

  async close() {
    this.cut();
    await new Promise((resolve) => this.server.close(resolve));
  }

  #join(near, port) {
    if (this.isCut) return near.destroy();
    const far = connect(port, "127.0.0.1");
    for (const [one, other] of [[near, far], [far, near]]) {
      this.sockets.add(one);
      one.on("error", () => other.destroy());
      one.on("close", () => {
        this.sockets.delete(one);
        other.destroy();
      });
      one.pipe(other);
    }
  }
}
