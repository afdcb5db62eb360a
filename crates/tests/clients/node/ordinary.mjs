// The ordinary use of npm's socket.io-client, against the conformance server of crates/socketio: auth, events,
// acknowledgements and their time-outs, binary data, volatile events, namespaces, reconnection. Arguments: address,
// parser (json | msgpack). Ends with 0 when everything was as it should be.
import assert from "node:assert/strict";
import { io } from "socket.io-client";
import msgpack from "socket.io-msgpack-parser";

const [address, parser] = process.argv.slice(2);
const PATIENCE = 30_000;

/** The arguments of the next `event`; fails if it does not come. */
const next = (socket, event) =>
  new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`no ${event}`)), PATIENCE);
    socket.once(event, (...values) => {
      clearTimeout(timer);
      resolve(values);
    });
  });
const call = (socket, ...words) => socket.timeout(PATIENCE).emitWithAck(...words);
const bytes = (value) => [...new Uint8Array(value.buffer ?? value, value.byteOffset ?? 0, value.byteLength)];

for (const transports of [undefined, ["websocket"], ["polling"]]) {
  const options = { auth: { token: "t" }, forceNew: true, reconnectionDelay: 50, reconnectionDelayMax: 200 };
  if (transports) options.transports = transports;
  if (parser === "msgpack") options.parser = msgpack;
  const socket = io(address, options);
  const auth = next(socket, "auth");
  await next(socket, "connect");
  assert.deepEqual(await auth, [{ token: "t" }]);

  // Events and acknowledgements, both ways.
  let back = next(socket, "message-back");
  socket.emit("message", 1, -5, 1.5, "grün €🦀", { deep: [true, null] });
  assert.deepEqual(await back, [1, -5, 1.5, "grün €🦀", { deep: [true, null] }]);
  assert.equal(await call(socket, "message-with-ack", "back"), "back");
  socket.on("question", (question, reply) => reply(`${question} Forty.`));
  assert.equal(await call(socket, "ask-me"), "how much? Forty.");

  // An acknowledgement that never comes is a time-out, and hurts nobody.
  await assert.rejects(socket.timeout(200).emitWithAck("nothing-answers-this"));

  // Binary data, small and large, alone and within.
  const small = await call(socket, "message-with-ack", { deep: { er: Buffer.from([1, 2, 3]) } });
  assert.deepEqual(bytes(small.deep.er), [1, 2, 3]);
  back = next(socket, "message-back");
  socket.emit("message", Buffer.alloc(300_000, 7), "between", new Uint8Array([9]));
  const [large, between, last] = await back;
  assert.equal(bytes(large).length, 300_000);
  assert.ok(bytes(large).every((byte) => byte === 7));
  assert.deepEqual([between, ...bytes(last)], ["between", 9]);
  const long = "é".repeat(200_000);
  assert.equal(await call(socket, "message-with-ack", long), long);

  // A thousand events keep their order, through the change of transport too.
  const order = [];
  const all = new Promise((resolve) => {
    socket.on("message-back", (number) => order.push(number) === 1_000 && resolve());
  });
  for (let number = 0; number < 1_000; number++) socket.emit("message", number);
  await all;
  socket.off("message-back");
  assert.deepEqual(order, [...Array(1_000).keys()]);

  // Volatile events go out when the transport can take them.
  while (!socket.io.engine.transport.writable) await next(socket.io.engine, "drain");
  back = next(socket, "message-back");
  socket.volatile.emit("message", "volatile");
  assert.deepEqual(await back, ["volatile"]);

  // Namespaces, each with its own auth.
  const custom = socket.io.socket("/custom", { auth: { token: "c" } });
  const customAuth = next(custom, "auth");
  custom.connect();
  assert.deepEqual(await customAuth, [{ token: "c" }]);
  back = next(custom, "message-back");
  custom.emit("message", "there");
  assert.deepEqual(await back, ["there"]);
  const unknown = socket.io.socket("/unknown", {});
  const refused = next(unknown, "connect_error");
  unknown.connect();
  assert.equal((await refused)[0].message, "Invalid namespace");
  unknown.disconnect();
  custom.disconnect();
  assert.equal(await call(socket, "message-with-ack", "still here"), "still here");

  // Closed by the server: comes back by itself, and what was emitted meanwhile follows.
  const gone = next(socket, "disconnect");
  const again = next(socket, "connect");
  socket.emit("close-me");
  await gone;
  back = next(socket, "message-back");
  socket.emit("message", "kept");
  await again;
  assert.deepEqual(await back, ["kept"]);

  // Disconnected by the server: stays away.
  const dismissed = next(socket, "disconnect");
  socket.emit("disconnect-me");
  assert.deepEqual((await dismissed)[0], "io server disconnect");
  assert.equal(socket.active, false);
  socket.close();
}
process.exit(0);
