// What a gateway is reached at that listens on all addresses: `0.0.0.0` and `::` are none to open.

import { X509Certificate } from "node:crypto";

export interface Reach {
  /** Of the machine. */
  readonly hostName: string;
  /** Of the API, in PEM; clients refuse a name that it does not have. */
  readonly certificate: string | undefined;
}

/** Of a URL of the API or an address for drivers: one to open. The same when it names a host. */
export function openable(address: string, { hostName, certificate }: Reach): string {
  const name = certificate === undefined ? hostName : nameIn(new X509Certificate(certificate), hostName);
  return address.replace(allAddresses, `$1${name}`);
}

/** Appended to a line that shows an address. */
export const breadthNote = (address: string): string =>
  allAddresses.test(address) ? " (listens on all addresses of this machine)" : "";

const allAddresses = /^(\w+:\/\/)(?:0\.0\.0\.0|\[::\])(?=:)/;

/** The machine's own name where the certificate has it, else the first that it has. */
function nameIn(certificate: X509Certificate, hostName: string): string {
  if (certificate.checkHost(hostName) !== undefined) return hostName;
  const names = certificate.subjectAltName?.matchAll(/(?:^|, )(?:DNS:([\w.-]+)|IP Address:([\d.]+))(?=,|$)/g) ?? [];
  for (const [, host, ip] of names) return host ?? ip!;
  return hostName;
}
