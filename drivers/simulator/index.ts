export { createPlant, type Plant, type PlantOptions, type Reading } from "./plant.ts";
export { Simulator, type SimulatorOptions, type SimulatorSummary } from "./simulator.ts";
export { wallClockNs } from "./wall-clock.ts";
