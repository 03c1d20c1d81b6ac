// OpenTelemetry by choice: traces of the control API go to a collector over OTLP/HTTP when the usual environment names
// one. What is needed for it is loaded only then.

/** Writes out what is left and stops. */
export type StopTracing = () => Promise<void>;

export async function startTracing(
  environment: NodeJS.ProcessEnv,
  resource: { readonly version: string; readonly gatewayId: string },
): Promise<StopTracing | undefined> {
  const isWanted =
    Boolean(environment.OTEL_EXPORTER_OTLP_ENDPOINT || environment.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT) &&
    environment.OTEL_SDK_DISABLED !== "true";
  if (!isWanted) return undefined;
  const [api, sdk, exporter, resources, hooks, core] = await Promise.all([
    import("@opentelemetry/api"),
    import("@opentelemetry/sdk-trace"),
    import("@opentelemetry/exporter-trace-otlp-http"),
    import("@opentelemetry/resources"),
    import("@opentelemetry/context-async-hooks"),
    import("@opentelemetry/core"),
  ]);
  const provider = new sdk.TracerProvider({
    resource: resources.resourceFromAttributes({
      "service.name": environment.OTEL_SERVICE_NAME ?? "flowfusion-gateway",
      "service.version": resource.version,
      "service.instance.id": resource.gatewayId,
    }),
    spanProcessors: [new sdk.BatchSpanProcessor({ exporter: new exporter.OTLPTraceExporter() })],
  });
  api.context.setGlobalContextManager(new hooks.AsyncLocalStorageContextManager().enable());
  api.propagation.setGlobalPropagator(new core.W3CTraceContextPropagator());
  api.trace.setGlobalTracerProvider(provider);
  return async () => {
    await provider.shutdown();
    for (const global of [api.trace, api.propagation, api.context]) global.disable();
  };
}
