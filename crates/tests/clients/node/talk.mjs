// A person at npm's socket.io-client: signs in by REST, says what it reads on its input, prints what it hears.
// Arguments: address, username, password, room, transports (default | websocket | polling | msgpack). One JSON object a line.
import { createInterface } from "node:readline";
import { randomUUID } from "node:crypto";
import { io } from "socket.io-client";
import parser from "socket.io-msgpack-parser";

const [address, username, password, room, transports] = process.argv.slice(2);
const tell = (event) => console.log(JSON.stringify(event));

const signIn = await fetch(`${address}/api/v1/sessions`, {
  method: "POST",
  headers: { "content-type": "application/json" },
  body: JSON.stringify({ username, password }),
});
if (!signIn.ok) {
  tell({ failed: await signIn.text() });
  process.exit(1);
}
const { token } = await signIn.json();

const options = { auth: { token } };
if (transports === "msgpack") options.parser = parser;
else if (transports !== "default") options.transports = [transports];
const socket = io(address, options);

let cursor = { g: 0 };
const hear = (op) => {
  if (op.kind === "message" && op.room === room && op.value.kind === "text") {
    tell({ heard: op.value.text, seq: op.value.seq });
  }
};
socket.on("op", (op) => {
  cursor.g = Math.max(cursor.g, op.g);
  hear(op);
});
socket.on("chunk", (chunk) => chunk.ops.forEach(hear));
socket.on("done", ({ epoch, g }) => { cursor = { epoch, g }; });
socket.on("connect", async () => {
  const answer = await socket.emitWithAck("hello", { ...cursor, watch: [room] });
  tell(answer.ok ? { ready: true, transport: socket.io.engine.transport.name } : { failed: answer.error });
});
socket.on("connect_error", (error) => {
  if (error.data) tell({ failed: error.data });
});

for await (const text of createInterface({ input: process.stdin })) {
  const answer = await socket.emitWithAck("messages.send", { room, cid: randomUUID(), text });
  tell(answer.ok ? { said: text, seq: answer.value.seq, transport: socket.io.engine.transport.name } : { failed: answer.error });
}
socket.close();
