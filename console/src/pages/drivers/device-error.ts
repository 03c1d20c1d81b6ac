// What a driver tells of its device, as people would say it. Drivers hand on what the system told them.

import { driversText } from "../../strings/drivers.ts";

const { systemErrors } = driversText;
type SystemError = keyof typeof systemErrors;
const isKnown = (code: string): code is SystemError => Object.hasOwn(systemErrors, code);

/** `connect ECONNREFUSED 10.0.0.7:502`, `getaddrinfo ENOTFOUND plc.example`. */
const systemError = /\b(?:connect|read|write|getaddrinfo) (?<code>E[A-Z_]+)(?: (?<peer>[^\s;]+))?/;

/** The text itself where it is not one of the system. */
export function inWords(text: string): string {
  const { code = "", peer } = systemError.exec(text)?.groups ?? {};
  return isKnown(code) ? systemErrors[code](peer ?? driversText.theDevice) : text;
}
