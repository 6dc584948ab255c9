import { describe, expect, it } from 'vitest';
import { installDouble } from '../../sys/double.ts';
import { linkVariables, parseLink } from './links.ts';

installDouble();

describe('a link', () => {
  it.each([
    ['db', 'db', 'db'],
    ['db:store', 'db', 'store'],
    ['/db:/web/store', 'db', 'store'],
  ])('%s', (text, name, alias) => expect(parseLink(text)).toEqual({ name, alias }));

  it('is refused in any other form', () => {
    expect(() => parseLink('')).toThrow('empty string specified for links');
    expect(() => parseLink('a:b:c')).toThrow('bad format for links: a:b:c');
  });
});

describe('variables', () => {
  it('name ports, the lowest first, and the other’s own variables but HOME and PATH', () => {
    expect(linkVariables('/web/my-db', '172.17.0.2', ['53/udp', '53/tcp'], ['A=1=2', 'PATH=/bin', 'B'])).toEqual([
      'MY_DB_PORT=tcp://172.17.0.2:53',
      'MY_DB_PORT_53_TCP=tcp://172.17.0.2:53',
      'MY_DB_PORT_53_TCP_ADDR=172.17.0.2',
      'MY_DB_PORT_53_TCP_PORT=53',
      'MY_DB_PORT_53_TCP_PROTO=tcp',
      'MY_DB_PORT_53_UDP=udp://172.17.0.2:53',
      'MY_DB_PORT_53_UDP_ADDR=172.17.0.2',
      'MY_DB_PORT_53_UDP_PORT=53',
      'MY_DB_PORT_53_UDP_PROTO=udp',
      'MY_DB_NAME=/web/my-db',
      'MY_DB_ENV_A=1=2',
    ]);
  });

  it('tell of a range where three ports follow each other', () => {
    const lines = linkVariables('/web/db', '10.0.0.2', ['7002/tcp', '7000/tcp', '7001/tcp', '80/tcp'], []);
    expect(lines.slice(0, 7)).toEqual([
      'DB_PORT=tcp://10.0.0.2:80',
      'DB_PORT_7000_TCP_START=tcp://10.0.0.2:7000',
      'DB_PORT_7000_TCP_ADDR=10.0.0.2',
      'DB_PORT_7000_TCP_PROTO=tcp',
      'DB_PORT_7000_TCP_PORT_START=7000',
      'DB_PORT_7000_TCP_END=tcp://10.0.0.2:7002',
      'DB_PORT_7000_TCP_PORT_END=7002',
    ]);
  });

  it('are only a name where nothing is exposed', () => {
    expect(linkVariables('/web/db', '10.0.0.2', [], [])).toEqual(['DB_NAME=/web/db']);
  });
});
