// Lets the suite reach this machine alone: some of its tests name no server, and would ask SMSAPI's own.
const net = require("node:net");

const connect = net.Socket.prototype.connect;

net.Socket.prototype.connect = function (...given) {
  const [options] = Array.isArray(given[0]) ? given[0] : given;
  if (options?.host && options.host !== "127.0.0.1") {
    process.nextTick(() => this.destroy(new Error(`the suite may not reach ${options.host}`)));
    return this;
  }
  return connect.apply(this, given);
};
