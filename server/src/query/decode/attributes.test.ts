import { expect, it } from 'vitest';
import { decodeAttributes, decodePairsJson, decodeValue, parsePairs, repeatedInJson } from './attributes.ts';

const written = (value: unknown) => JSON.stringify(value);

it.each([
  ['1', 'i', '1'],
  ['1', 'd', '1.0'],
  ['-3', 'd', '-3.0'],
  ['0', 'd', '0.0'],
  ['-0', 'd', '{"double":"-0"}'],
  ['1.5', 'd', '1.5'],
  ['1e+21', 'd', '1e+21'],
  ['123456789012345680000', 'd', '123456789012345680000.0'],
  ['NaN', 'd', '{"double":"NaN"}'],
  ['Infinity', 'd', '{"double":"Infinity"}'],
  ['9007199254740993', 'i', '{"int":"9007199254740993"}'],
  ['[1,1.0,-0.0,1.5,"1.0",[2.0]]', 'a', '[1,1.0,{"double":"-0"},1.5,"1.0",[2.0]]'],
  ['{"kv":[["a",10.0],["b","-0.0"],["c",1e+21]]}', 'm', '{"kv":[["a",10.0],["b","-0.0"],["c",1e+21]]}'],
])('%s of type %s is answered as %s', (text, letter, json) => {
  expect(written(decodeValue(text, letter))).toBe(json);
});

it('keeps doubles in attributes of records, events and links', () => {
  expect(written(decodeAttributes({ keys: ['i', 'd'], values: ['1', '1'], types: 'id' }))).toBe('{"i":1,"d":1.0}');
  const pairs = '[["d",1.0],["z",-0.0],["d",2.0],["i",3]]';
  expect(written(decodePairsJson(pairs))).toBe('{"d":1.0,"z":{"double":"-0"},"i":3}');
  expect(written(repeatedInJson(pairs))).toBe('{"repeatedAttributes":[["d",2.0]]}');
});

it('gives plain values where they are looked into', () => {
  expect(parsePairs('[["d",1.0],["z",-0.0]]')).toEqual([
    ['d', 1],
    ['z', -0],
  ]);
});
