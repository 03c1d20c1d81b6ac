// The MQTT client, in a module of its own to be loaded when it is needed: a bundler gives names to what a package in CommonJS
// exports only where they are asked for like this.

export { MqttClient } from "mqtt";
