import { describe, expect, it } from 'vitest';
import { isHanokError } from '#base';
import { classify, parseAddress, parseNetwork } from './address.ts';
import { parseAllowList } from './allow-list.ts';
import { decideAddresses, decideTarget, type PlainHttp } from './target.ts';

const PORTS = '80,443,8080,8443';
const nothing = parseAllowList('', PORTS);
const outcome = (url: string, plainHttp: PlainHttp = 'always', allow = nothing): string => {
  try {
    const { host, port } = decideTarget(url, allow, plainHttp);
    return `${host} ${port}`;
  } catch (error) {
    return isHanokError(error) ? [error.code, error.reason].filter(Boolean).join(' ') : String(error);
  }
};

describe('addresses', () => {
  it.each([
    ['8.8.8.8', 'public'],
    ['1.1.1.1', 'public'],
    ['0.0.0.0', 'unspecified'],
    ['0.1.2.3', 'unspecified'],
    ['9.255.255.255', 'public'],
    ['10.0.0.0', 'private'],
    ['10.255.255.255', 'private'],
    ['11.0.0.0', 'public'],
    ['100.63.255.255', 'public'],
    ['100.64.0.0', 'shared'],
    ['100.127.255.255', 'shared'],
    ['100.128.0.0', 'public'],
    ['100.100.100.200', 'metadata'],
    ['126.255.255.255', 'public'],
    ['127.0.0.1', 'loopback'],
    ['127.255.255.254', 'loopback'],
    ['128.0.0.0', 'public'],
    ['168.63.129.16', 'metadata'],
    ['169.254.169.254', 'metadata'],
    ['169.254.170.2', 'link-local'],
    ['172.15.255.255', 'public'],
    ['172.16.0.1', 'private'],
    ['172.31.255.255', 'private'],
    ['172.32.0.0', 'public'],
    ['192.0.0.1', 'reserved'],
    ['192.0.0.192', 'metadata'],
    ['192.0.2.1', 'documentation'],
    ['192.88.99.1', 'translated'],
    ['192.168.0.1', 'private'],
    ['192.169.0.0', 'public'],
    ['198.17.255.255', 'public'],
    ['198.18.0.1', 'private'],
    ['198.19.255.255', 'private'],
    ['198.51.100.1', 'documentation'],
    ['203.0.113.1', 'documentation'],
    ['223.255.255.255', 'public'],
    ['224.0.0.1', 'multicast'],
    ['239.255.255.250', 'multicast'],
    ['240.0.0.1', 'reserved'],
    ['255.255.255.255', 'reserved'],
    ['::', 'unspecified'],
    ['::1', 'loopback'],
    ['::2', 'reserved'],
    ['::127.0.0.1', 'reserved'],
    ['::ffff:127.0.0.1', 'loopback'],
    ['::ffff:7f00:1', 'loopback'],
    ['::ffff:8.8.8.8', 'public'],
    ['::ffff:0:127.0.0.1', 'reserved'],
    ['64:ff9b::7f00:1', 'translated'],
    ['64:ff9b::8.8.8.8', 'translated'],
    ['64:ff9b:1::a00:1', 'translated'],
    ['100::1', 'reserved'],
    ['2001::1', 'reserved'],
    ['2001:0:4136:e378:8000:63bf:3fff:fdd2', 'reserved'],
    ['2001:db8::1', 'documentation'],
    ['2002:7f00:1::', 'translated'],
    ['2002:a9fe:a9fe::1', 'translated'],
    ['2606:4700:4700::1111', 'public'],
    ['2606:4700::5efe:7f00:1', 'translated'],
    ['2606:4700::200:5efe:a00:1', 'translated'],
    ['3fff::1', 'documentation'],
    ['4000::1', 'reserved'],
    ['fc00::1', 'private'],
    ['fd00:ec2::254', 'metadata'],
    ['fd12:3456::1', 'private'],
    ['fe80::1', 'link-local'],
    ['fec0::1', 'private'],
    ['ff02::1', 'multicast'],
  ])('%s is %s', (text, what) => {
    expect(classify(parseAddress(text)!)).toBe(what);
  });

  it.each([
    '',
    '127.1',
    '0177.0.0.1',
    '0x7f.0.0.1',
    '2130706433',
    '127.0.0.1.',
    '127.0.0.1/8',
    'fe80::1%eth0',
    '::g',
    'a',
    '[::1]',
    ' 1.1.1.1',
    '1.1.1.256',
    '１２７.0.0.1',
  ])('%j is no canonical address', (text) => expect(parseAddress(text)).toBeUndefined());

  it.each(['10.0.0.1/8', '10.0.0.0/33', '10.0.0.0/-1', '10.0.0.0/', '10.0.0.0/8/8', '::1/129', 'x/8', 'fd00::1/8'])(
    '%s is no network',
    (text) => expect(parseNetwork(text)).toBeUndefined(),
  );
});

describe('the spelling of a URL', () => {
  it.each([
    ['https://example.com', 'example.com 443'],
    ['HTTPS://EXAMPLE.com:443/x?y=1#z', 'example.com 443'],
    ['http://example.com', 'example.com 80'],
    ['https://example.com.', 'example.com 443'],
    ['https://example.com.:8443/', 'example.com 8443'],
    ['https://b\u00fccher.de/', 'xn--bcher-kva.de 443'],
    ['https://한국.kr/', 'xn--3e0b707e.kr 443'],
    ['https://ｅｘａｍｐｌｅ.com/', 'example.com 443'],
    ['https://8.8.8.8/', '8.8.8.8 443'],
    ['https://134744072/', '8.8.8.8 443'],
    ['https://[2606:4700:4700::1111]/', '2606:4700:4700::1111 443'],
    ['https://example.com/@x', 'example.com 443'],
    // Not URLs
    ['', 'outbound.url malformed'],
    ['example.com', 'outbound.url malformed'],
    ['//example.com', 'outbound.url malformed'],
    ['https:example.com', 'outbound.url malformed'],
    ['https:/example.com', 'outbound.url malformed'],
    ['https:\\\\example.com', 'outbound.url malformed'],
    ['https://example.com\\@evil.com', 'outbound.url malformed'],
    ['https://exa\nmple.com', 'outbound.url malformed'],
    ['https://exa\tmple.com', 'outbound.url malformed'],
    [' https://example.com', 'outbound.url malformed'],
    ['https://example.com ', 'outbound.url malformed'],
    ['https://', 'outbound.url malformed'],
    ['https://./', 'outbound.url malformed'],
    ['https://example.com../', 'outbound.url malformed'],
    ['https://exa mple.com', 'outbound.url malformed'],
    ['https://example.com:99999', 'outbound.url malformed'],
    ['https://1.2.3.4.5/', 'outbound.url malformed'],
    ['https://0x100000000/', 'outbound.url malformed'],
    ['https://[fe80::1%25eth0]/', 'outbound.url malformed'],
    ['https://[fe80::1%eth0]/', 'outbound.url malformed'],
    ['https://[::1', 'outbound.url malformed'],
    [`https://${'a'.repeat(64)}.${'b.'.repeat(120)}com`, 'outbound.url malformed'],
    [`https://example.com/${'a'.repeat(3_000)}`, 'outbound.url too-long'],
    // Credentials
    ['https://user@example.com', 'outbound.url credentials'],
    ['https://user:pass@example.com', 'outbound.url credentials'],
    ['https://:@example.com', 'outbound.url credentials'],
    ['https://@example.com', 'outbound.url credentials'],
    ['https://example.com:443@127.0.0.1/', 'outbound.url credentials'],
    // Schemes
    ['ftp://example.com', 'outbound.scheme unknown'],
    ['file:///etc/passwd', 'outbound.scheme unknown'],
    ['gopher://example.com', 'outbound.scheme unknown'],
    ['ws://example.com', 'outbound.scheme unknown'],
    ['unix:///run/x.sock', 'outbound.scheme unknown'],
    ['data://text', 'outbound.scheme unknown'],
    // Ports
    ['https://example.com:22', 'outbound.port'],
    ['https://example.com:25', 'outbound.port'],
    ['https://example.com:6379', 'outbound.port'],
    ['https://example.com:0', 'outbound.port'],
    ['https://8.8.8.8:53', 'outbound.port'],
  ])('%j: %s', (url, expected) => {
    expect(outcome(url)).toBe(expected);
  });

  it.each([
    '127.0.0.1',
    '127.0.0.1.',
    '127.1',
    '127.0.1',
    '0177.0.0.1',
    '0177.1',
    '017700000001',
    '0x7f.1',
    '0x7f.0.0.1',
    '0x7f000001',
    '0x7F000001',
    '2130706433',
    '0',
    '0.0.0.0',
    '0x0',
    '１２７.0.0.1',
    '127。0。0。1',
    '①②⑦.0.0.1',
    '[::1]',
    '[::]',
    '[0:0:0:0:0:0:0:1]',
    '[::ffff:127.0.0.1]',
    '[::ffff:7f00:1]',
    '[0:0:0:0:0:ffff:127.0.0.1]',
    '[::127.0.0.1]',
    '[64:ff9b::127.0.0.1]',
    '[2002:7f00:1::]',
    '[fe80::1]',
    '[fd00:ec2::254]',
    '169.254.169.254',
    '0xa9fea9fe',
    '2852039166',
    '[::ffff:169.254.169.254]',
    '10.0.0.1',
    '192.168.1.1',
    '100.64.0.1',
    '224.0.0.1',
    '255.255.255.255',
    'localhost',
    'LOCALHOST',
    'localhost.',
    'a.localhost',
    'ｌｏｃａｌｈｏｓｔ',
    'intranet',
    'kubernetes',
    'printer.local',
    'metadata.google.internal',
    'db.lan',
    'x.onion',
    'x.home.arpa',
  ])('%s is not reached, with one answer for all', (host) => {
    for (const scheme of ['http', 'https']) expect(outcome(`${scheme}://${host}/`)).toBe('outbound.address');
  });

  it('takes plain http only where the caller does, and then where the operator named the target', () => {
    const listed = parseAllowList('127.0.0.1:8080, idp.corp:80', PORTS);
    expect(outcome('http://example.com', 'never')).toBe('outbound.scheme http');
    expect(outcome('http://example.com', 'listed')).toBe('outbound.scheme http');
    expect(outcome('http://127.0.0.1:8080', 'listed', listed)).toBe('127.0.0.1 8080');
    expect(outcome('http://127.0.0.1:8080', 'never', listed)).toBe('outbound.scheme http');
    expect(outcome('http://idp.corp', 'listed', listed)).toBe('idp.corp 80');
    expect(outcome('http://example.com', 'listed', listed)).toBe('outbound.scheme http');
  });
});

describe('what the operator allows', () => {
  const allow = parseAllowList('127.0.0.1:9000, 10.0.0.0/8:*, [fd00::/16]:443,[::1]:1, idp.corp:8443', PORTS);
  it.each([
    ['https://127.0.0.1:9000', '127.0.0.1 9000'],
    ['https://2130706433:9000', '127.0.0.1 9000'],
    ['https://[::ffff:127.0.0.1]:9000', '::ffff:7f00:1 9000'],
    ['https://127.0.0.1:9001', 'outbound.port'],
    ['https://127.0.0.1:443', 'outbound.address'],
    ['https://127.0.0.2:9000', 'outbound.port'],
    ['https://10.1.2.3:22', '10.1.2.3 22'],
    ['https://11.1.2.3:22', 'outbound.port'],
    ['https://[fd00::5]/', 'fd00::5 443'],
    ['https://[fd01::5]/', 'outbound.address'],
    ['https://[::1]:1/', '::1 1'],
    ['https://idp.corp:8443', 'idp.corp 8443'],
    ['https://IDP.corp.:8443', 'idp.corp 8443'],
    ['https://idp.corp', 'outbound.address'],
    ['https://x.idp.corp:8443', 'outbound.address'],
  ])('%s: %s', (url, expected) => {
    expect(outcome(url, 'never', allow)).toBe(expected);
  });

  it.each([
    '127.0.0.1',
    'idp.corp',
    '10.0.0.1/8:443',
    '127.1:80',
    '0x7f.1:80',
    'a b:80',
    'x:0',
    'x:65536',
    'x:http',
    ':80',
    'http://x:80',
    '[::1:80',
    'x/8:80',
  ])('refuses %j at the start', (entry) =>
    expect(() => parseAllowList(entry, PORTS)).toThrow(expect.objectContaining({ code: 'outbound.setting' })),
  );
  it('refuses ports that are none', () => {
    expect(() => parseAllowList('', '443,https')).toThrow(expect.objectContaining({ code: 'outbound.setting' }));
  });
});

describe('addresses of a name', () => {
  const decided = (url: string, addresses: readonly string[], allow = nothing, own: readonly string[] = []) =>
    decideAddresses(decideTarget(url, allow, 'never'), addresses, allow, new Set(own));
  it('are all public, or none is used', () => {
    expect(decided('https://example.com', ['8.8.8.8', '2606:4700::1'])).toEqual(['8.8.8.8', '2606:4700::1']);
    for (const inner of [
      '127.0.0.1',
      '10.0.0.1',
      '::1',
      '::ffff:10.0.0.1',
      '64:ff9b::a00:1',
      'fe80::1%eth0',
      '0x7f.1',
      'x',
    ])
      for (const list of [[inner], ['8.8.8.8', inner], [inner, '8.8.8.8']])
        expect(decided('https://example.com', list), list.join(' ')).toBeUndefined();
    expect(decided('https://example.com', [])).toBeUndefined();
  });
  it('of this machine are not for tenants, public or not', () => {
    expect(decided('https://example.com', ['8.8.8.8'], nothing, ['8.8.8.8'])).toBeUndefined();
  });
  it('are as free as the operator made them', () => {
    const allow = parseAllowList('idp.corp:8443, 10.0.0.0/8:9443', PORTS);
    expect(decided('https://idp.corp:8443', ['10.9.9.9', '127.0.0.1'], allow)).toEqual(['10.9.9.9', '127.0.0.1']);
    expect(decided('https://a.example.com:9443', ['10.9.9.9'], allow)).toEqual(['10.9.9.9']);
    expect(decided('https://a.example.com:9443', ['10.9.9.9', '8.8.8.8'], allow)).toBeUndefined();
    expect(decided('https://a.example.com:443', ['10.9.9.9'], allow)).toBeUndefined();
  });
});
