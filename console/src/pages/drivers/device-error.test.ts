import { expect, test } from "vitest";
import { inWords } from "./device-error.ts";

test.each([
  ["connect ECONNREFUSED 127.0.0.1:502", "Nothing listens at 127.0.0.1:502"],
  ["connect ECONNREFUSED ::1:1883", "Nothing listens at ::1:1883"],
  ["connect EHOSTUNREACH 10.0.0.7:502 - Local (10.0.0.2:4711)", "No way leads to 10.0.0.7:502"],
  ["connect ETIMEDOUT 10.0.0.7:502", "10.0.0.7:502 does not answer"],
  ["getaddrinfo ENOTFOUND plc.example", "No host is called plc.example"],
  ["read ECONNRESET", "The device cut the connection"],
  ["AggregateError: ECONNREFUSED: connect ECONNREFUSED ::1:80; late", "Nothing listens at ::1:80"],
])("%s is told as: %s", (text, words) => {
  expect(inWords(text)).toBe(words);
});

test.each(["no connection within 3000 ms", "connect EWHATEVER 10.0.0.7:502", "exception 2: illegal data address"])(
  "%s is told as it is",
  (text) => expect(inWords(text)).toBe(text),
);
