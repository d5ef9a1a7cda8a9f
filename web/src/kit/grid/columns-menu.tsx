import { t } from '../../i18n/index.ts';
import { Button } from '../button.tsx';
import { Menu, MenuToggle } from '../menu.tsx';
import type { Column } from './column.ts';
import { setHidden, useLayout } from './layout.ts';

/** Which columns a grid shows. Stands in the header of the panel around the grid. */
export function ColumnsMenu<Row>({ columns, layoutName }: { columns: readonly Column<Row>[]; layoutName: string }) {
  const layout = useLayout(layoutName);
  return (
    <Menu
      align="end"
      trigger={
        <Button tone="quiet" size="s" icon="columns">
          {t('kit.table.columns')}
        </Button>
      }
    >
      {columns
        .filter((column) => !column.fixed)
        .map((column) => (
          <MenuToggle
            key={column.id}
            checked={!layout.hidden.includes(column.id)}
            onChange={(visible) => setHidden(layoutName, column.id, !visible)}
          >
            {column.header}
          </MenuToggle>
        ))}
    </Menu>
  );
}
