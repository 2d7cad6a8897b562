/** Requests that ask for an upgrade which the server does not have, over a real connection. */
import assert from "node:assert/strict";
import { createServer, type Server } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { after, before, it } from "node:test";
import { ignoreUpgrade } from "./ignored-upgrade.js";

const UPGRADE = "Upgrade: h2c\r\nHTTP2-Settings: AAEAAEAAAAIAAAABAAMAAABkAAQBAAAAAAUAAEAA\r\n";

let server: Server;

before(async () => {
  server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk: Buffer) => {
      body += chunk.toString();
    });
    request.on("end", () => {
      const { upgrade, connection, "x-kept": kept } = request.headers;
      response.end(JSON.stringify([request.method, request.url, kept, connection, upgrade, body]));
    });
  });
  server.on("upgrade", (request, socket, head) => ignoreUpgrade(server, request, socket, head));
  await new Promise<void>((listening) => void server.listen(0, "127.0.0.1", listening));
});

after(() => {
  server.closeAllConnections();
  server.close();
});

/** Sends the parts one after the other on one connection, each once `answers` answers have come; all that is heard. */
async function talk(parts: readonly (readonly [text: string, answers: number])[]): Promise<string[]> {
  const socket = connect((server.address() as AddressInfo).port, "127.0.0.1");
  let heard = "";
  const bodies = (): string[] => heard.match(/^\[.*\]/gm) ?? [];
  try {
    for (const [text, answers] of parts) {
      socket.write(text);
      while (bodies().length < answers) {
        const chunk = await new Promise<Buffer>((resolve, reject) => {
          socket.once("data", resolve);
          socket.once("close", () => reject(new Error(`the connection ended after ${heard}`)));
        });
        heard += chunk.toString();
      }
    }
    return bodies();
  } finally {
    socket.destroy();
  }
}

it("are answered, and the connection goes on", async () => {
  const get = `GET /a?b=c HTTP/1.1\r\nHost: x\r\n${UPGRADE}X-Kept: yes\r\nConnection: Upgrade, HTTP2-Settings\r\n\r\n`;
  const plain = "GET /next HTTP/1.1\r\nHost: x\r\n\r\n";
  assert.deepEqual(
    await talk([
      [get, 1],
      [plain, 2],
      [get, 3],
    ]),
    [
      '["GET","/a?b=c","yes",null,null,""]',
      '["GET","/next",null,null,null,""]',
      '["GET","/a?b=c","yes",null,null,""]',
    ],
  );
});

it("keep their body, and what else of the connection they ask for", async () => {
  const post = `POST /o HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n${UPGRADE}Connection: keep-alive, Upgrade\r\n\r\n`;
  const answer = '["POST","/o",null,"keep-alive",null,"0123456789"]';
  assert.deepEqual(await talk([[`${post}0123456789`, 1]]), [answer]);
  assert.deepEqual(
    await talk([
      [`${post}01234`, 0],
      ["56789", 1],
      [`${post}0123456789`, 2],
    ]),
    [answer, answer],
  );
});
