// tests/clients/node.js - an echo client in Node.
// Run: node node.js PATH echo|half-close|many
// Pitfalls: an "error" event without a listener ends the process. setTimeout() only emits
// "timeout": close the socket yourself. If the backlog is full, connect fails with EAGAIN at once.
const net = require("net");
const { once } = require("events");
const { readFileSync } = require("fs");

async function connect(path) {
  const client = net.connect(path);
  client.setTimeout(10000, () => client.destroy(new Error("timeout")));
  await once(client, "connect"); // throws what "error" reports
  return client;
}

async function talk(client, data, halfClose) {
  if (halfClose) client.end(data);
  else client.write(data);
  const parts = [];
  let size = 0;
  for await (const part of client) {
    parts.push(part);
    size += part.length;
    if (!halfClose && size >= data.length) break; // closes the socket, too
  }
  return Buffer.concat(parts);
}

async function main(path, how) {
  const data = readFileSync(0);
  if (how !== "many") return talk(await connect(path), data, how === "half-close");
  const lines = data.toString().match(/.*\n/g);
  const clients = await Promise.all(lines.map(() => connect(path)));
  const replies = await Promise.all(clients.map((client, i) => talk(client, lines[i])));
  return Buffer.concat(replies);
}

main(...process.argv.slice(2)).then((reply) => process.stdout.write(reply));
