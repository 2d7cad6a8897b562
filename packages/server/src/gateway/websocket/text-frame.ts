import * as ws from "ws";

/** What `ws` frames messages with. It exports it; its types don't say so. */
const { Sender } = ws as unknown as {
  readonly Sender: {
    frame(data: Buffer, options: { readonly fin: boolean; readonly opcode: number }): readonly Buffer[];
  };
};

const TEXT = 1;

/**
 * A text message as it goes over the connection, whoever it goes to: a server's frames are not masked, and connections
 * agree on no compression. So one that thousands are sent is framed once.
 */
export function textFrame(text: string): Buffer {
  return Buffer.concat(Sender.frame(Buffer.from(text), { fin: true, opcode: TEXT }));
}
