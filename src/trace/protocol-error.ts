/** Bytes from the guest that do not say what they should. A value, counted and shown: nothing in the page throws over it. */
export interface ProtocolError {
  readonly name: 'ProtocolError';
  readonly message: string;
}

export const protocolError = (message: string): ProtocolError => ({ name: 'ProtocolError', message });
