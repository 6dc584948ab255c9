// The door to the network code: dockerd opens it once and calls the Networks interface of types.ts.
export * from './types.ts';
export { openNetworks } from './networks.ts';
