import { isIP, Socket } from 'node:net';

/*
 * This process's sockets connect to this machine alone. It stands below HTTP, TLS and the databases' drivers, so it holds for all of them, and costs a
 * call nothing.
 */

type Connect = (this: Connecting, ...args: unknown[]) => Socket;
interface Connecting extends Omit<Socket, 'connecting'> {
  connecting: boolean;
}

/** From now on a socket to another host ends with an error that names the host, before the name is looked up. Returns what ends that. */
export function guardHosts(): () => void {
  const prototype = Socket.prototype as unknown as { connect: Connect };
  const original = prototype.connect;
  prototype.connect = function connect(...args) {
    const host = hostOf(args);
    if (host === null || isLoopback(host)) return original.apply(this, args);
    // Not at once: who connects goes on to set up a socket that is there.
    this.connecting = true;
    process.nextTick(() => this.destroy(new Error(`A test wants to connect to ${host}: tests reach nothing but this machine.`)));
    return this;
  };
  return () => {
    prototype.connect = original;
  };
}

/** The host that `socket.connect` is asked for in one of its forms, https://nodejs.org/api/net.html#socketconnect; null: a file of this machine. */
function hostOf(args: unknown[]): string | null {
  // node:net itself passes its arguments on as one list.
  const [first, second] = (Array.isArray(args[0]) ? args[0] : args) as unknown[];
  if (typeof first === 'object' && first !== null) {
    const { path, host } = first as { path?: unknown; host?: unknown };
    return path === undefined || path === null ? nameOf(host) : null;
  }
  // A path, or a port with perhaps a host.
  return typeof first === 'string' && !/^\d+$/.test(first) ? null : nameOf(second);
}

function nameOf(host: unknown): string {
  return typeof host === 'string' && host !== '' ? host.replace(/^\[(.*)\]$/, '$1') : 'localhost';
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}
