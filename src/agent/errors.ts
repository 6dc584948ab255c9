// Errors as they cross the channel.
import type { ChannelError } from '../protocol/channel.ts';
import { SyscallError } from '../engine/sys/index.ts';

export function failure(error: unknown): ChannelError {
  if (error instanceof SyscallError)
    return { name: 'SyscallError', message: error.message.slice(0, 1000), code: error.code };
  if (error instanceof Error) return { name: error.name, message: error.message.slice(0, 1000) };
  return { name: 'Error', message: String(error).slice(0, 1000) };
}
