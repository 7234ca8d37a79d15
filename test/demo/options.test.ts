// The demo's command line: what each option means, and one clear line where one is wrong.
import { describe, expect, test } from '@jest/globals';
import { help, type Parsed, parseOptions } from './options.ts';

const parsed = (line: string): Parsed => parseOptions(line.split(' ').filter((word) => word !== ''));

describe('the options of the demo', () => {
  test('are six nodes, none that fails, and nothing left up, where none is given', () => {
    expect(parsed('')).toEqual({ options: { nodes: 6, fail: undefined, keep: false, cassandra: false } });
  });

  test('are taken with a space or an equals sign', () => {
    const options = { nodes: 9, fail: 4, keep: true, cassandra: true };
    expect(parsed('--nodes 9 --fail 4 --keep --cassandra')).toEqual({ options });
    expect(parsed('--nodes=9 --fail=4 --keep --cassandra')).toEqual({ options });
  });

  test.each(['--help', '-h', '--nodes 9 --help'])('are printed with %s', (line) => {
    expect(parsed(line)).toEqual({ print: help });
  });

  test('say in the help that K counts nodes from 1', () => {
    expect(help).toContain('--fail K    the Kth node (1 = prod-rack1-sts-0)');
  });

  test.each<[line: string, complaint: string]>([
    ['--node 9', "Unknown option '--node'"],
    ['up', "Unexpected argument 'up'"],
    ['--keep=yes', "Option '--keep' does not take an argument"],
    ['--nodes', "Option '--nodes <value>' argument missing"],
    ['--nodes 0', '--nodes must be a whole number from 1 to 60, not "0"'],
    ['--nodes 61', '--nodes must be a whole number from 1 to 60, not "61"'],
    ['--nodes 1.5', '--nodes must be a whole number from 1 to 60, not "1.5"'],
    ['--nodes six', '--nodes must be a whole number from 1 to 60, not "six"'],
    ['--fail 7', '--fail must name one of the nodes, 1 to 6, not "7"'],
    ['--fail 0', '--fail must name one of the nodes, 1 to 6, not "0"'],
    ['--nodes 3 --fail 4', '--fail must name one of the nodes, 1 to 3, not "4"'],
  ])('%j is refused in one line', (line, complaint) => {
    expect(parsed(line)).toEqual({ complaint: `${complaint}; --help lists the options` });
  });
});
