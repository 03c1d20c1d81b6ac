// The processes that talk to devices.

import type { CallOptions, Calls } from "../calls.ts";
import type { DriverDeclaration, DriverKinds, DriverLog, DriverStatus } from "../driver-types.ts";
import { bodyOf, driverPath, type ExpectedGeneration, jsonHeaders, precondition, queryString } from "../requests.ts";
import type { Page, PageQuery } from "../types.ts";

export function driversCalls(calls: Calls) {
  return {
    async driverKinds(call: CallOptions = {}): Promise<DriverKinds> {
      return calls.json({ method: "GET", path: "/v1/driver-kinds" }, call, true);
    },

    async listDrivers(query: PageQuery = {}, call: CallOptions = {}): Promise<Page<DriverStatus>> {
      return calls.json({ method: "GET", path: `/v1/drivers${queryString(query)}` }, call, true);
    },

    /** The driver, or undefined when the gateway itself says that it has none of this name. */
    async getDriver(name: string, call: CallOptions = {}): Promise<DriverStatus | undefined> {
      return calls.found<DriverStatus>({ method: "GET", path: driverPath(name) }, call);
    },

    /** Declares a driver and starts it. */
    async putDriver(
      name: string,
      declaration: DriverDeclaration,
      request: { readonly expected: ExpectedGeneration },
      call: CallOptions = {},
    ): Promise<DriverStatus> {
      const headers = { ...jsonHeaders, ...precondition(request.expected) };
      const body = bodyOf(declaration, `driver ${name}`);
      return calls.json({ method: "PUT", path: driverPath(name), headers, body }, call, false);
    },

    async restartDriver(name: string, call: CallOptions = {}): Promise<DriverStatus> {
      return calls.json({ method: "POST", path: `${driverPath(name)}/restart` }, call, false);
    },

    async deleteDriver(name: string, request: { readonly expected: number }, call: CallOptions = {}): Promise<void> {
      await calls.delete(driverPath(name), call, precondition(request.expected));
    },

    async driverLogs(name: string, call: CallOptions = {}): Promise<DriverLog> {
      return calls.json({ method: "GET", path: `${driverPath(name)}/logs` }, call, true);
    },
  };
}
