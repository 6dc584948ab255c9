// An error of the guest, as the agent sent it.
import type { ChannelError } from '../protocol/channel.ts';

export class GuestError extends Error {
  override readonly name = 'GuestError';
  /** The errno's name where the kernel gave one. */
  readonly code: string | undefined;
  constructor(error: ChannelError) {
    super(error.message);
    this.code = error.code;
  }
}
