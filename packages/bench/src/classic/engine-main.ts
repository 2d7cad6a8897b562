/** The only engine of the classic pipeline, a process of its own: it matches in memory, one call for every order. */
import { Server, ServerCredentials, type ServerUnaryCall, type sendUnaryData } from "@grpc/grpc-js";
import { EngineService, type MatchReply, type MatchRequest } from "./engine-service.js";
import { MARKETS } from "./markets.js";
import { PriceTimeBook } from "./price-time-book.js";

const books = new Map(MARKETS.map(({ symbol }) => [symbol, new PriceTimeBook()]));

const server = new Server();
server.addService(EngineService.service, {
  Match({ request }: ServerUnaryCall<MatchRequest, MatchReply>, reply: sendUnaryData<MatchReply>): void {
    const { orderId, symbol, side, priceTicks, lots } = request;
    // Backends have checked all of it.
    reply(null, { fills: books.get(symbol)!.place(orderId, side, priceTicks, lots) });
  },
});
server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, port) => {
  if (error !== null) throw error;
  process.send?.({ port });
});
// Without its parent it has no purpose.
process.once("disconnect", () => process.exit(0));
