// The dockerd program: settings, boot, sockets, signals. `dockerd [--data-root DIR] [--exec-root DIR] [-H unix://…|tcp://…] …`
import { listenTcp, listenUnix } from '../http/index.ts';
import { console, onSignal, run } from '../loop/index.ts';
import * as sys from '../sys/index.ts';
import { boot } from './boot.ts';
import { ConfigError, readConfig, type DaemonConfig } from './config.ts';
import { Router } from './router.ts';
import { ROUTES } from './routes.ts';
import { serveApi } from './server.ts';
import { shutdown } from './shutdown.ts';

function listen(host: string): number {
  const unix = /^unix:\/\/(.+)$/.exec(host);
  if (unix) return listenUnix(unix[1] ?? '');
  const tcp = /^tcp:\/\/([\d.]+):(\d+)$/.exec(host);
  if (tcp) return listenTcp(tcp[1] ?? '', Number(tcp[2]));
  throw new ConfigError(`unable to parse bind address (${host})`);
}

async function main(): Promise<number> {
  sys.setProcessTitle('dockerd');
  sys.ignoreSignal(13);
  let config: DaemonConfig;
  try {
    config = readConfig(sys.args());
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    console.error(error.message);
    return 1;
  }
  const daemon = await boot(config);
  const router = new Router(ROUTES);
  const servers = config.hosts.map((host) => serveApi(daemon, router, listen(host)));
  const code = await new Promise<number>((resolve) => {
    const end = (): void => resolve(0);
    onSignal(15, end);
    onSignal(2, end);
  });
  for (const server of servers) server.close();
  await shutdown(daemon);
  return code;
}

run(main);
