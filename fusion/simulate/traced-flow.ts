// A flow run node by node on recorded readings, each step told.

import {
  type CanonicalGraph,
  encodeFrame,
  encodeMessage,
  type Message,
  type ModuleCatalog,
  type Subscriptions,
} from "@flowfusion/graph";
import { concatenate } from "../glue/properties.ts";
import { FlowTrap } from "../host/running-flow.ts";
import { defaultFlowLimits, type FlowLimits } from "../limits.ts";
import { ReferenceFlow } from "../reference/reference-flow.ts";
import { subscriptionsOf } from "./input.ts";
import { StepRecorder, type TraceStep } from "./step-recorder.ts";

export class TracedFlow {
  readonly #flow: ReferenceFlow;
  readonly #recorder: StepRecorder;
  readonly #subscriptions: Subscriptions;

  /** `nowNs`: a clock. Throws a FlowFusionError when a node refuses its properties. */
  constructor(
    graph: CanonicalGraph,
    catalog: ModuleCatalog,
    nowNs: () => bigint,
    limits: FlowLimits = defaultFlowLimits,
  ) {
    this.#subscriptions = subscriptionsOf(graph);
    this.#recorder = new StepRecorder(graph, nowNs);
    this.#flow = new ReferenceFlow(graph, catalog, this.#recorder, limits);
    this.#flow.configure();
  }

  /** The steps of one reading, depth first; none when no input takes it. After a trap the flow must not be used any more. */
  feed(reading: Message): readonly TraceStep[] {
    const message = encodeMessage(reading);
    const routes = this.#subscriptions.match(reading.topic);
    const frames = concatenate(routes.map(({ input }) => encodeFrame(input, message)));
    return this.#run(() => this.#flow.execute(frames));
  }

  /** The steps of nodes that emit by time. */
  tick(nowNs: bigint): readonly TraceStep[] {
    return this.#run(() => this.#flow.tick(nowNs));
  }

  #run(run: () => void): readonly TraceStep[] {
    try {
      run();
    } catch (error) {
      if (!(error instanceof FlowTrap) || !this.#recorder.trapped(error.trapCause)) throw error;
    }
    this.#flow.takeOutbox();
    return this.#recorder.take();
  }
}
