// Owns a server before the house's whose page can become a newer one: its service worker is another.
import { createServer, request } from "node:http";
import { connect } from "node:net";

export class Newer {
  static async before(port) {
    const newer = new Newer();
    newer.isNewer = false;
    newer.sockets = new Set();
    newer.server = createServer((asked, answer) => newer.#pass(asked, answer, port));
    newer.server.on("upgrade", (asked, near) => newer.#join(asked, near, port));
    await new Promise((resolve) => newer.server.listen(0, "127.0.0.1", resolve));
    newer.url = `http://127.0.0.1:${newer.server.address().port}`;
    return newer;
  }

  async close() {
    for (const socket of this.sockets) socket.destroy();
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  #pass(asked, answer, port) {
    const changes = this.isNewer && asked.url === "/sw.js";
    // What is changed has to come as it is.
    const headers = changes ? { host: asked.headers.host } : asked.headers;
    const onward = request({ port, host: "127.0.0.1", path: asked.url, method: asked.method, headers }, (told) => {
      const { "content-length": length, ...rest } = told.headers;
      answer.writeHead(told.statusCode, changes || length === undefined ? rest : told.headers);
      told.pipe(answer, { end: !changes });
      if (changes) told.on("end", () => answer.end("\n// newer"));
    });
    onward.on("error", () => answer.destroy());
    asked.pipe(onward);
  }

  #join(asked, near, port) {
    const far = connect(port, "127.0.0.1", () => {
      const headers = Object.entries(asked.headers).map(([name, value]) => `${name}: ${value}\r\n`);
      far.write(`${asked.method} ${asked.url} HTTP/1.1\r\n${headers.join("")}\r\n`);
      far.pipe(near).pipe(far);
    });
    for (const [one, other] of [[near, far], [far, near]]) {
      this.sockets.add(one);
      one.on("error", () => other.destroy());
      one.on("close", () => other.destroy());
    }
  }
}
