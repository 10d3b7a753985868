// tests/bench/peers/node.js - an echo server in Node, for `make bench`.
// Run: node node.js PATH
require("net")
  .createServer((client) => {
    client.on("error", () => client.destroy());
    client.pipe(client);
  })
  .listen({ path: process.argv[2], backlog: 4096 });
