import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { breadthNote, openable } from "./openable.ts";

const hostName = "gateway-7";

function certificateOf(names: string | undefined): string {
  const folder = mkdtempSync(join(tmpdir(), "ff-openable-"));
  try {
    const [key, cert] = [join(folder, "key.pem"), join(folder, "cert.pem")];
    const what = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "1"];
    const of = ["-subj", "/CN=it", ...(names === undefined ? [] : ["-addext", `subjectAltName=${names}`])];
    execFileSync("openssl", [...what, "-keyout", key, "-out", cert, ...of], { stdio: "ignore" });
    return readFileSync(cert, "utf8");
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe("the address of a gateway", () => {
  test.each([
    ["https://0.0.0.0:7480", "https://gateway-7:7480"],
    ["https://[::]:7480/console/", "https://gateway-7:7480/console/"],
    ["tcp://0.0.0.0:7481", "tcp://gateway-7:7481"],
  ])("that stands for all addresses, %s, is shown as one to open, and said to be more", (address, shown) => {
    expect(openable(address, { hostName, certificate: undefined })).toBe(shown);
    expect(breadthNote(address)).toBe(" (listens on all addresses of this machine)");
  });

  test.each([
    "http://127.0.0.1:7480",
    "https://[::1]:7480",
    "https://10.0.0.0:7480",
    "tcp://plant:7481",
    "ipc:///run/x",
  ])("that is one, %s, is shown as it is", (address) => {
    expect([openable(address, { hostName, certificate: undefined }), breadthNote(address)]).toEqual([address, ""]);
  });

  test.each([
    ["DNS:other.plant.example,DNS:gateway-7", "gateway-7"],
    ["DNS:*.cell.example,DNS:gateway-7.plant.example,IP:10.1.0.7", "gateway-7.plant.example"],
    ["email:it@plant.example,IP:10.1.0.7", "10.1.0.7"],
    ["DNS:*.plant.example", "gateway-7"],
    [undefined, "gateway-7"],
  ])("has a name that its certificate of %s has", (names, shown) => {
    const certificate = certificateOf(names);
    expect(openable("https://0.0.0.0:7480", { hostName, certificate })).toBe(`https://${shown}:7480`);
  });
});
