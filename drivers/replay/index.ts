export { readingsOf, readRecording } from "./recording.ts";
