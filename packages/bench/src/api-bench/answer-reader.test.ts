import assert from "node:assert/strict";
import { it } from "node:test";
import { AnswerReader } from "./answer-reader.js";

const FIRST = 'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 7\r\n\r\n{"a":1}';
const SECOND = "HTTP/1.1 400 Bad Request\r\nContent-Length: 2\r\nConnection: keep-alive\r\n\r\n{}";

it("cuts answers out of the stream wherever it is split", () => {
  const bytes = Buffer.from(FIRST + SECOND + FIRST);
  for (let cut = 0; cut <= bytes.length; cut++) {
    const seen: string[] = [];
    const reader = new AnswerReader((status, body) => seen.push(`${status} ${body.toString()}`));
    reader.push(bytes.subarray(0, cut));
    reader.push(bytes.subarray(cut));
    assert.deepEqual(seen, ['200 {"a":1}', "400 {}", '200 {"a":1}'], `cut at ${cut}`);
  }
});

it("tells the last answer of a connection", () => {
  const seen: boolean[] = [];
  const reader = new AnswerReader((_status, _body, isLast) => seen.push(isLast));
  reader.push(Buffer.from(`${FIRST}${SECOND}${SECOND.replace("keep-alive", "close")}`));
  reader.push(Buffer.from(FIRST.replace("content-type: application/json", "connection: close")));
  assert.deepEqual(seen, [false, false, true, true]);
});

it("refuses an answer whose length it can't tell", () => {
  const reader = new AnswerReader(() => {});
  const chunked = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n";
  assert.throws(() => reader.push(Buffer.from(chunked)), /without Content-Length/);
});
