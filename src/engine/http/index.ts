// HTTP/1.1 for the engine: `import { serve, HttpClient, … } from '../http/index.ts'`.

export { Body } from './body.ts';
export { ClientResponse, dial, HttpClient, type Endpoint, type RequestOptions } from './client.ts';
export { listenTcp, listenUnix } from './listen.ts';
export {
  formatHeaders,
  formatQuery,
  HttpError,
  Query,
  reasonPhrase,
  type Headers,
  type HeadersInit,
  type RequestHead,
  type ResponseHead,
} from './message.ts';
export { Response } from './response.ts';
export { Request, serve, serveConnection, type Handler, type Server, type ServerOptions } from './server.ts';
export { Hijacked, Inbox, SocketTransport, type Transport } from './transport.ts';
export { FdReader, FdWriter, pump, readerOf, readToEnd, type ByteReader, type ByteWriter } from '../loop/stream.ts';
