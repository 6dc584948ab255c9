// Errors by meaning. Every part of the engine throws an ApiError with Docker's own words; this file alone knows which
// HTTP status that is. The router turns whatever else is thrown into a 500 with its message.
import { HttpError } from '../http/message.ts';

const STATUS = {
  invalidParameter: 400,
  unauthorized: 401,
  forbidden: 403,
  notFound: 404,
  conflict: 409,
  /** Nothing to do: the container already runs, or is already stopped. Has no body. */
  notModified: 304,
  system: 500,
  notImplemented: 501,
  unavailable: 503,
} as const;

export type ErrorKind = keyof typeof STATUS;

/** A failure in Docker's words that a client is to see. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  constructor(
    readonly kind: ErrorKind,
    message: string,
  ) {
    super(message);
  }
}

export const invalidParameter = (message: string): ApiError => new ApiError('invalidParameter', message);
export const notFound = (message: string): ApiError => new ApiError('notFound', message);
export const conflict = (message: string): ApiError => new ApiError('conflict', message);
export const notModified = (): ApiError => new ApiError('notModified', 'not modified');
export const systemError = (message: string): ApiError => new ApiError('system', message);
export const notImplemented = (what: string): ApiError => new ApiError('notImplemented', `not implemented: ${what}`);

/** HTTP status of anything that was thrown. */
export function statusOf(error: unknown): number {
  // A request that is no good HTTP (a body that ends too early, say) knows its own status.
  if (error instanceof HttpError) return error.status;
  return error instanceof ApiError ? STATUS[error.kind] : 500;
}

/** The words of anything that was thrown, for {"message": …}. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

export function isKind(error: unknown, kind: ErrorKind): boolean {
  return error instanceof ApiError && error.kind === kind;
}
