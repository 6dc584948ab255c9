// The VM's worker: a Session behind Comlink, with the browser's fetch and the page's own network services.
import * as Comlink from 'comlink';
import { fetchFrom } from './load.ts';
import { pageNetwork } from './page-network.ts';
import { Session } from './session.ts';

Comlink.expose(new Session({ read: fetchFrom, network: pageNetwork }));
