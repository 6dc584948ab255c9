import { expect, it } from 'vitest';
import { installDouble } from '../../sys/double.ts';
import { Flags } from '../flags.ts';
import { ipamConfig } from './ipam.ts';

installDouble();

const config = (values: Record<string, string[]>) => ipamConfig(new Flags(new Map(Object.entries(values))));

it('gives each subnet what lies in it', () => {
  const asked = { subnet: ['10.1.0.0/16', '10.2.0.0/16'], gateway: ['10.2.0.9'], 'ip-range': ['10.1.5.0/24'] };
  expect(config({ ...asked, 'aux-address': ['me=10.2.0.3'] })).toEqual([
    { Subnet: '10.1.0.0/16', IPRange: '10.1.5.0/24' },
    { Subnet: '10.2.0.0/16', Gateway: '10.2.0.9', AuxiliaryAddresses: { me: '10.2.0.3' } },
  ]);
});

it.each<[Record<string, string[]>, string]>([
  [{ gateway: ['1.2.3.4'] }, 'every ip-range or gateway must have a corresponding subnet'],
  [{ subnet: ['x'] }, 'invalid CIDR address: x'],
  [{ subnet: ['10.0.0.0/8', '10.1.0.0/16'] }, 'multiple overlapping subnet configuration is not supported'],
  [{ subnet: ['10.1.0.0/16'], gateway: ['10.2.0.1'] }, 'no matching subnet for gateway 10.2.0.1'],
  [{ subnet: ['10.1.0.0/16'], 'ip-range': ['10.2.0.0/24'] }, 'no matching subnet for range 10.2.0.0/24'],
  [{ subnet: ['10.1.0.0/16'], 'aux-address': ['a=1.1.1.1'] }, 'no matching subnet for aux-address 1.1.1.1'],
])('%j is refused', (asked, words) => expect(() => config(asked)).toThrow(words));
