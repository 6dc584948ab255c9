// Starts the page: the ui on #app, connected to the real machine in its worker.
import { mount } from 'svelte';
import { scenes } from './scenes/index.ts';
import App from './ui/App.svelte';
import { connectWorker } from './ui/state/connection.ts';
import './ui/tokens.css';
import './ui/base.css';

const target = document.getElementById('app');
const boot = new URLSearchParams(location.search).get('boot') === 'cold' ? 'cold' : 'snapshot';
if (target) mount(App, { target, props: { connect: connectWorker, scenes, boot } });
