// The calls that are about the gateway and what is around flows: connections, drivers, the recorder, who may call and who did.

import type { AuditEntry, AuditVerdict, NewToken, TokenInfo, TokenRequest } from "./access-types.ts";
import { type CallOptions, Calls, discardBody, type GatewayClientOptions } from "./calls.ts";
import type { ConnectionChanged, ConnectionInfo, ConnectionRequest } from "./connection-types.ts";
import type { DriverDeclaration, DriverKinds, DriverLog, DriverStatus } from "./driver-types.ts";
import { connectionPath, driverPath, type ExpectedGeneration, precondition, queryString } from "./requests.ts";
import type { GatewayInfo, Page, PageQuery, RecorderInfo, RecordingQuery } from "./types.ts";

export class OperationsClient {
  protected readonly calls: Calls;

  constructor(options: GatewayClientOptions) {
    this.calls = new Calls(options);
  }

  get endpoint(): string {
    return this.calls.endpoint;
  }

  async gateway(call: CallOptions = {}): Promise<GatewayInfo> {
    return this.calls.json({ method: "GET", path: "/v1/gateway" }, call, true);
  }

  /** All that the gateway remembers, for `flowfusion gateway restore`; takes an admin. Check it with its checksum. */
  async backup(call: CallOptions = {}): Promise<Uint8Array> {
    return this.calls.bytes({ method: "GET", path: "/v1/backup" }, call);
  }

  /** All of them; there are never many. */
  async listConnections(query: PageQuery = {}, call: CallOptions = {}): Promise<Page<ConnectionInfo>> {
    return this.calls.json({ method: "GET", path: `/v1/connections${queryString(query)}` }, call, true);
  }

  /** The connection, or undefined when the gateway itself says that it has none of this name. */
  async getConnection(name: string, call: CallOptions = {}): Promise<ConnectionInfo | undefined> {
    return this.calls.found<ConnectionInfo>({ method: "GET", path: connectionPath(name) }, call);
  }

  /** Makes or changes a connection; the flows that name it go on with the change. */
  async putConnection(
    name: string,
    request: ConnectionRequest & { readonly expected: ExpectedGeneration },
    call: CallOptions = {},
  ): Promise<ConnectionChanged> {
    const { expected, ...body } = request;
    const headers = { "content-type": "application/json", ...precondition(expected) };
    return this.calls.json(
      { method: "PUT", path: connectionPath(name), headers, body: JSON.stringify(body) },
      call,
      false,
    );
  }

  async deleteConnection(name: string, request: { readonly expected: number }, call: CallOptions = {}): Promise<void> {
    const headers = precondition(request.expected);
    await this.calls.send({ method: "DELETE", path: connectionPath(name), headers }, call, false, discardBody);
  }

  async listTokens(call: CallOptions = {}): Promise<{ readonly items: readonly TokenInfo[] }> {
    return this.calls.json({ method: "GET", path: "/v1/tokens" }, call, true);
  }

  /** The answer holds the token in clear, this once; one that got lost has to be revoked. */
  async createToken(request: TokenRequest, call: CallOptions = {}): Promise<NewToken> {
    const headers = { "content-type": "application/json" };
    return this.calls.json({ method: "POST", path: "/v1/tokens", headers, body: JSON.stringify(request) }, call, false);
  }

  async revokeToken(name: string, call: CallOptions = {}): Promise<void> {
    await this.calls.send(
      { method: "DELETE", path: `/v1/tokens/${encodeURIComponent(name)}` },
      call,
      false,
      discardBody,
    );
  }

  /** Who changed what, newest first. */
  async audit(query: PageQuery = {}, call: CallOptions = {}): Promise<Page<AuditEntry>> {
    return this.calls.json({ method: "GET", path: `/v1/audit${queryString(query)}` }, call, true);
  }

  /** Has the gateway recompute the chain of its audit log. */
  async auditVerdict(call: CallOptions = {}): Promise<AuditVerdict> {
    return this.calls.json({ method: "GET", path: "/v1/audit/verdict" }, call, true);
  }

  async driverKinds(call: CallOptions = {}): Promise<DriverKinds> {
    return this.calls.json({ method: "GET", path: "/v1/driver-kinds" }, call, true);
  }

  async listDrivers(query: PageQuery = {}, call: CallOptions = {}): Promise<Page<DriverStatus>> {
    return this.calls.json({ method: "GET", path: `/v1/drivers${queryString(query)}` }, call, true);
  }

  /** The driver, or undefined when the gateway itself says that it has none of this name. */
  async getDriver(name: string, call: CallOptions = {}): Promise<DriverStatus | undefined> {
    return this.calls.found<DriverStatus>({ method: "GET", path: driverPath(name) }, call);
  }

  /** Declares a driver and starts it. */
  async putDriver(
    name: string,
    declaration: DriverDeclaration,
    request: { readonly expected: ExpectedGeneration },
    call: CallOptions = {},
  ): Promise<DriverStatus> {
    const headers = { "content-type": "application/json", ...precondition(request.expected) };
    const body = JSON.stringify(declaration);
    return this.calls.json({ method: "PUT", path: driverPath(name), headers, body }, call, false);
  }

  async restartDriver(name: string, call: CallOptions = {}): Promise<DriverStatus> {
    return this.calls.json({ method: "POST", path: `${driverPath(name)}/restart` }, call, false);
  }

  async deleteDriver(name: string, request: { readonly expected: number }, call: CallOptions = {}): Promise<void> {
    const headers = precondition(request.expected);
    await this.calls.send({ method: "DELETE", path: driverPath(name), headers }, call, false, discardBody);
  }

  async driverLogs(name: string, call: CallOptions = {}): Promise<DriverLog> {
    return this.calls.json({ method: "GET", path: `${driverPath(name)}/logs` }, call, true);
  }

  async recorder(call: CallOptions = {}): Promise<RecorderInfo> {
    return this.calls.json({ method: "GET", path: "/v1/recorder" }, call, true);
  }

  /** Tag updates that came in last, as a recording that `flowfusion simulate` reads. */
  async recording(query: RecordingQuery = {}, call: CallOptions = {}): Promise<Uint8Array> {
    const parameters = new URLSearchParams((query.tags ?? []).map((tag): [string, string] => ["tag", tag]));
    if (query.updates !== undefined) parameters.set("updates", String(query.updates));
    if (query.flow !== undefined) parameters.set("flow", query.flow);
    return this.calls.bytes({ method: "GET", path: `/v1/recorder/recording?${parameters}` }, call);
  }
}
