// The VM's worker: a Session behind Comlink, with the browser's fetch and the page's own network services.
import * as Comlink from 'comlink';
import { fetchFrom } from './load.ts';
import { pageNetwork } from './page-network.ts';
import { Session } from './session.ts';

Comlink.expose(new Session({ read: fetchFrom, network: pageNetwork }));

// A lock that only the worker's end gives free: the page waits for it, as nothing else tells of an end by the browser's hand.
// Pages that came by plain HTTP have none. Web Locks API
if ('locks' in navigator) {
  const heldForLife = `drydock-vm ${Math.random()}`;
  void navigator.locks.request(heldForLife, () => {
    self.postMessage({ heldForLife });
    return new Promise<never>(() => undefined);
  });
}
