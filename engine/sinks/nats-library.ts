// The NATS client, in a module of its own to be loaded when it is needed: a bundler gives names to what packages in CommonJS
// export only where they are asked for like this.

export { JetStreamApiError, jetstream } from "@nats-io/jetstream";
export { connect, InvalidArgumentError, RequestError } from "@nats-io/transport-node";
