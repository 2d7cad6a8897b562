import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";
import { makeCertificate } from "../../platform/testing/certificates.js";
import { readTlsFiles, type TlsCredentials } from "../../platform/tls-credentials.js";
import {
  type ButtonEngine,
  type ClientsUnderTest,
  remoteEngineClientContract,
} from "../engine-client-contract.js";
import { GrpcClient } from "./grpc-client.js";
import { GrpcServer } from "./grpc-server.js";

const folder = mkdtempSync(join(tmpdir(), "buttonwood-grpc-"));
after(() => rmSync(folder, { recursive: true }));

/** Clients whose `findLeader` knows the one server that runs, if any. */
async function clientsOf(
  engine: ButtonEngine,
  options: { unix?: boolean; tls?: TlsCredentials },
): Promise<ClientsUnderTest> {
  let runs = 0;
  const start = () =>
    GrpcServer.listen(engine, {
      address: options.unix ? { path: join(folder, `${runs++}.sock`) } : { host: "127.0.0.1", port: 0 },
      tls: options.tls,
      partition: 2,
      mapHash: "abc",
      isServing: () => true,
    });
  let server: GrpcServer | undefined = await start();
  const clients: GrpcClient[] = [];
  return {
    connect(limits = {}) {
      const client = new GrpcClient({
        ...limits,
        partition: 2,
        mapHash: "abc",
        tls: options.tls,
        findLeader: async () => {
          if (server === undefined) throw new Error("nobody leads");
          return server.address;
        },
      });
      clients.push(client);
      return client;
    },
    async kill() {
      const killed = server;
      server = undefined;
      await killed?.close("killed", { isSettled: false });
    },
    async close() {
      for (const client of clients) await client.close();
      await server?.close("the test is over", { isSettled: false });
    },
    leaders: {
      async settle() {
        const settled = server;
        server = undefined;
        await settled?.close("handed over", { isSettled: true });
      },
      async follow() {
        server = await start();
      },
    },
  };
}

remoteEngineClientContract("gRPC", (engine) => clientsOf(engine, {}));
remoteEngineClientContract("gRPC over Unix sockets", (engine) => clientsOf(engine, { unix: true }));
const tls = readTlsFiles(makeCertificate(folder, "both"));
remoteEngineClientContract("gRPC over mutual TLS", (engine) => clientsOf(engine, { tls }));
