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
    [
      'a feature importing a feature',
      file('web/src/features/logs/x.tsx', "import { a } from '../traces/y.tsx';"),
      /feature logs may not import the feature traces/,
    ],
    [
      'the kit importing a feature',
      file('web/src/kit/x.tsx', "import { a } from '../features/logs/y.tsx';"),
      /kit may not import features/,
    ],
    [
      'a feature importing the app, types too',
      file('web/src/features/logs/x.tsx', "import type { A } from '../../app/y.ts';"),
      /features may not import app/,
    ],
    [
      'the api importing the kit when it is needed',
      file('web/src/api/x.ts', "const a = () => import('../kit/y.ts');"),
      /api may not import kit/,
    ],
    [
      'messages read past the catalogue',
      file('web/src/kit/x.ts', "import { messages } from '../time/messages.en.ts';"),
      /through t\(\) alone/,
    ],
    ['a stray file in web', file('web/src/attic/x.ts', ''), /not in a module of web/],
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
    const web = [
      file('web/src/kit/a.tsx', "import { b } from './b/c.tsx';"),
      file('web/src/kit/b/c.tsx', "import { a } from '../a.tsx';"),
    ];
    expect(checkModules(web).join()).toMatch(/cycle: .*a\.tsx/);
    const late = [web[0]!, file('web/src/kit/b/c.tsx', "const a = () => import('../a.tsx');")];
    expect(checkModules(late)).toEqual([]);
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
