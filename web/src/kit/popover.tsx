import {
  cloneElement,
  type KeyboardEvent,
  type ReactElement,
  type ReactNode,
  type RefObject,
  useCallback,
  useEffect,
  useId,
  useRef,
  useState,
} from 'react';
import { join } from './join.ts';
import styles from './layer.module.css';
import { type Align, type Side, usePlacement } from './layer.ts';

/** What a trigger is given; any element that hands its props to a `<button>` will do. */
interface TriggerProps {
  id?: string;
  popoverTarget?: string;
  'aria-haspopup'?: 'menu' | 'dialog';
  'aria-expanded'?: boolean;
  'data-popup-open'?: '' | undefined;
  onKeyDown?: (event: KeyboardEvent<HTMLElement>) => void;
}

interface LayerProps {
  readonly trigger: ReactElement;
  readonly role: 'menu' | 'dialog';
  readonly className: string | undefined;
  readonly side?: Side;
  readonly align?: Align;
  readonly onOpen?: (layer: HTMLElement) => void;
  readonly onOpenChange?: ((open: boolean) => void) | undefined;
  readonly onTriggerKeyDown?: (event: KeyboardEvent<HTMLElement>, open: () => void) => void;
  readonly layerRef?: RefObject<HTMLDivElement | null>;
  /** Drawn while open; gets the id of the trigger, whose name may name the content. */
  readonly children: (triggerId: string) => ReactNode;
}

/** The common half of menus and popovers: a trigger and a layer beside it, drawn only while open. */
export function AnchoredLayer({
  trigger,
  role,
  className,
  side = 'bottom',
  align = 'start',
  onOpen,
  onOpenChange,
  onTriggerKeyDown,
  layerRef,
  children,
}: LayerProps) {
  const id = useId();
  const own = useRef<HTMLDivElement | null>(null);
  const layer = layerRef ?? own;
  const [open, setOpen] = useState(false);
  const triggerId = `${id}-trigger`;
  const anchorOf = useCallback(() => document.getElementById(triggerId), [triggerId]);
  usePlacement(layer, anchorOf, open, side, align);
  const opened = useRef(onOpen);
  opened.current = onOpen;
  useEffect(() => {
    if (open && layer.current) opened.current?.(layer.current);
  }, [open, layer]);
  return (
    <>
      {cloneElement(trigger as ReactElement<TriggerProps>, {
        id: triggerId,
        popoverTarget: id,
        'aria-haspopup': role,
        'aria-expanded': open,
        'data-popup-open': open ? '' : undefined,
        ...(onTriggerKeyDown
          ? {
              onKeyDown: (event: KeyboardEvent<HTMLElement>) =>
                onTriggerKeyDown(event, () => layer.current?.showPopover()),
            }
          : {}),
      })}
      <div
        ref={layer}
        id={id}
        popover="auto"
        tabIndex={-1}
        className={join(styles.layer, className)}
        onToggle={(event) => {
          const next = event.newState === 'open';
          setOpen(next);
          onOpenChange?.(next);
        }}
      >
        {open && children(triggerId)}
      </div>
    </>
  );
}

/** Content that belongs to a button. Escape and a press outside close it; `open` lets the caller do so too. */
export function Popover({
  trigger,
  label,
  open,
  onOpenChange,
  align = 'start',
  children,
}: {
  trigger: ReactElement;
  label: string;
  open?: boolean;
  onOpenChange?: (open: boolean) => void;
  align?: Align;
  children: ReactNode;
}) {
  const layer = useRef<HTMLDivElement | null>(null);
  useEffect(() => {
    const element = layer.current;
    if (open === undefined || !element || element.matches(':popover-open') === open) return;
    if (open) element.showPopover();
    else element.hidePopover();
  }, [open]);
  return (
    <AnchoredLayer
      trigger={trigger}
      role="dialog"
      className={styles.popup}
      align={align}
      layerRef={layer}
      onOpenChange={onOpenChange}
      onOpen={(element) => {
        if (!element.contains(document.activeElement)) element.focus();
      }}
    >
      {() => (
        <div role="dialog" aria-label={label}>
          {children}
        </div>
      )}
    </AnchoredLayer>
  );
}
