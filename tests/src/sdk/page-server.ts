/** Serves a page and a script from the same origin as an exchange: what is none of them goes on to the exchange. */
import { createServer, type IncomingMessage, request, type Server } from "node:http";
import { connect } from "node:net";

export class PageServer {
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  /** `script` runs in `/page.html`; `target` is the exchange's port. */
  static async start(script: string, target: number): Promise<PageServer> {
    const pages: Record<string, readonly [type: string, body: string]> = {
      "/page.html": ["text/html", '<!doctype html><script type="module" src="client.js"></script>'],
      "/client.js": ["text/javascript", script],
    };
    const server = createServer((incoming, outgoing) => {
      const page = pages[incoming.url ?? ""];
      if (page !== undefined) {
        outgoing.writeHead(200, { "content-type": page[0] }).end(page[1]);
        return;
      }
      const { method, url, headers } = incoming;
      const onward = request({ host: "127.0.0.1", port: target, method, path: url, headers }, (answer) => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(outgoing);
      });
      onward.on("error", () => outgoing.destroy());
      incoming.pipe(onward);
    });
    server.on("upgrade", (incoming: IncomingMessage, near, head) => {
      const far = connect(target, "127.0.0.1");
      const headers: string[] = [];
      for (let i = 0; i < incoming.rawHeaders.length; i += 2) {
        headers.push(`${incoming.rawHeaders[i]}: ${incoming.rawHeaders[i + 1]}\r\n`);
      }
      far.write(`${incoming.method} ${incoming.url} HTTP/1.1\r\n${headers.join("")}\r\n`);
      far.write(head);
      near.pipe(far).pipe(near);
      near.on("error", () => far.destroy());
      far.on("error", () => near.destroy());
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return new PageServer(server);
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as { readonly port: number }).port}`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
