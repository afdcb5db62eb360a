// A push service: takes pushes for the browsers that it makes up, opens them with npm's http_ece, checks who sent them
// with node's own cryptography, and prints what they say. Reads and writes one JSON object a line.
import { createECDH, createPublicKey, randomBytes, verify } from "node:crypto";
import { createServer } from "node:http";
import { createInterface } from "node:readline";
import ece from "http_ece";

const tell = (event) => console.log(JSON.stringify(event));
/** name → its keys, and what is answered to the next pushes. */
const browsers = new Map();

const server = createServer(async (request, response) => {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  const name = request.url.slice(1);
  const browser = browsers.get(name);
  const status = browser?.answers.shift() ?? (browser ? 201 : 404);
  try {
    tell({ pushed: name, status, ...opened(browser, request, Buffer.concat(chunks)) });
  } catch (error) {
    tell({ failed: `${name}: ${error.stack}` });
  }
  response.writeHead(status, status === 429 ? { "retry-after": "1" } : {}).end();
});

function opened(browser, { method, headers }, body) {
  if (method !== "POST" || headers["content-encoding"] !== "aes128gcm") throw new Error(`${method} ${JSON.stringify(headers)}`);
  if (body.length > 4096) throw new Error(`${body.length} bytes`);
  const words = JSON.parse(ece.decrypt(body, { version: "aes128gcm", privateKey: browser.curve, authSecret: browser.auth }));
  const { ttl, urgency, topic } = headers;
  if (!/^[\w-]{1,32}$/.test(topic)) throw new Error(`topic ${topic}`);
  return { words, ttl: Number(ttl), urgency, topic, ...signed(headers.authorization) };
}

/** RFC 8292: who pushes, and whether they may say so. */
function signed(authorization) {
  const [, token, key] = /^vapid t=([\w.-]+), k=([\w-]+)$/.exec(authorization);
  const [head, claims, signature] = token.split(".");
  const point = Buffer.from(key, "base64url");
  if (point.length !== 65 || point[0] !== 4) throw new Error(`key ${key}`);
  const [x, y] = [point.subarray(1, 33), point.subarray(33)].map((half) => half.toString("base64url"));
  const publicKey = createPublicKey({ key: { kty: "EC", crv: "P-256", x, y }, format: "jwk" });
  const told = Buffer.from(signature, "base64url");
  if (!verify("sha256", Buffer.from(`${head}.${claims}`), { key: publicKey, dsaEncoding: "ieee-p1363" }, told)) throw new Error("the signature is wrong");
  const { typ, alg } = JSON.parse(Buffer.from(head, "base64url"));
  const { aud, exp, sub } = JSON.parse(Buffer.from(claims, "base64url"));
  const left = exp - Date.now() / 1000;
  if (typ !== "JWT" || alg !== "ES256" || aud !== address || left <= 0 || left > 24 * 3600) throw new Error(Buffer.from(claims, "base64url").toString());
  return { key, contact: sub };
}

await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
const address = `http://127.0.0.1:${server.address().port}`;
for await (const line of createInterface({ input: process.stdin })) {
  const { make, answer } = JSON.parse(line);
  if (make) {
    const curve = createECDH("prime256v1");
    const p256dh = curve.generateKeys("base64url");
    const auth = randomBytes(16).toString("base64url");
    browsers.set(make, { curve, auth, answers: [] });
    tell({ made: make, endpoint: `${address}/${make}`, p256dh, auth });
  }
  // The statuses with which the next pushes to a browser are answered.
  if (answer) browsers.get(answer).answers.push(...JSON.parse(line).statuses);
}
server.close();
server.closeAllConnections();
