import { describe, expect, it } from 'vitest';
import { checkModules } from './check-modules.ts';

const file = (path: string, text: string) => ({ path, text });

describe('module boundaries', () => {
  it.each([
    [
      'a forbidden direction',
      file('server/src/journal/x.ts', "import { a } from '#store';"),
      /journal may not import store/,
    ],
    [
      'a window instead of the entrance',
      file('server/src/query/x.ts', "import { a } from '../store/select.ts';"),
      /by a window/,
    ],
    ['a deep import', file('server/src/query/x.ts', "import { a } from '#store/select';"), /is not a entrance/],
    [
      'a type-only breach',
      file('server/src/journal/x.ts', "import type { A } from '#control';"),
      /journal may not import control/,
    ],
    [
      'a multi-line import',
      file('server/src/base/x.ts', "import {\n  a,\n  b,\n} from '#edge';"),
      /base may not import edge/,
    ],
    ['a re-export', file('server/src/base/x.ts', "export * from '#edge';"), /base may not import edge/],
    ['process.env', file('server/src/store/x.ts', 'const a = process.env.HOME;'), /may not read process.env/],
    [
      'the web reaching the server',
      file('web/src/x.ts', "import { a } from '../../server/src/base/index.ts';"),
      /contract only/,
    ],
    ['the contract gaining a dependency', file('contract/src/x.ts', "import x from 'react';"), /nothing but zod/],
    ['a forbidden folder', file('server/src/base/utils/x.ts', ''), /may not be called utils/],
    ['a stray file', file('server/src/attic/x.ts', ''), /not in a module/],
  ])('%s is an error', (_, source, message) => {
    expect(checkModules([source]).join('\n')).toMatch(message);
  });

  it('finds cycles of run-time imports and leaves type imports out', () => {
    const cycle = [
      file('server/src/base/a.ts', "import { b } from './b.ts';"),
      file('server/src/base/b.ts', "import { a } from './a.ts';"),
    ];
    expect(checkModules(cycle).join()).toMatch(/cycle: .*a\.ts/);
    const typed = [cycle[0]!, file('server/src/base/b.ts', "import type { a } from './a.ts';")];
    expect(checkModules(typed)).toEqual([]);
  });

  it('lets what is allowed pass', () => {
    expect(
      checkModules([
        file(
          'server/src/query/x.ts',
          "import { must } from '#base';\nimport { select } from '#store';\nimport { z } from 'zod';",
        ),
      ]),
    ).toEqual([]);
  });
});
