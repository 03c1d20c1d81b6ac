// One thing that a person asks of the gateway: busy while it is tried, and why it failed until it is tried again.

import { type Fault, faultOf } from "./faults.ts";

export class Attempt {
  #isBusy = $state(false);
  #fault = $state.raw<Fault>();

  get isBusy(): boolean {
    return this.#isBusy;
  }

  get fault(): Fault | undefined {
    return this.#fault;
  }

  async run(act: () => Promise<void>): Promise<void> {
    this.#isBusy = true;
    this.#fault = undefined;
    try {
      await act();
    } catch (error) {
      this.#fault = faultOf(error);
    } finally {
      this.#isBusy = false;
    }
  }
}
