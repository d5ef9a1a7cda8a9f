import { type KeyboardEvent, type PointerEvent, useRef } from 'react';
import styles from './split-handle.module.css';

interface Props {
  readonly label: string;
  /** Pixels of the panel behind the handle, the one at the end of the line. */
  readonly width: number;
  readonly least: number;
  readonly most: number;
  readonly onChange: (width: number) => void;
}

const KEY_STEP = 24;

/** A border that can be dragged, or moved with the arrow keys, to give the panel behind it more or less of the width. */
export function SplitHandle({ label, width, least, most, onChange }: Props) {
  const start = useRef<{ readonly x: number; readonly width: number } | undefined>(undefined);
  const set = (next: number) => onChange(Math.round(Math.min(most, Math.max(least, next))));
  const onPointerDown = (event: PointerEvent<HTMLElement>) => {
    event.currentTarget.setPointerCapture(event.pointerId);
    start.current = { x: event.clientX, width };
  };
  const onPointerMove = (event: PointerEvent<HTMLElement>) => {
    if (start.current) set(start.current.width + start.current.x - event.clientX);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const next = { ArrowLeft: width + KEY_STEP, ArrowRight: width - KEY_STEP, Home: most, End: least }[event.key];
    if (next === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    set(next);
  };
  const stop = () => {
    start.current = undefined;
  };
  return (
    <div
      className={styles.handle}
      role="separator"
      aria-orientation="vertical"
      aria-label={label}
      aria-valuenow={Math.round(width)}
      aria-valuemin={Math.round(least)}
      aria-valuemax={Math.round(most)}
      tabIndex={0}
      onPointerDown={onPointerDown}
      onPointerMove={onPointerMove}
      onPointerUp={stop}
      onPointerCancel={stop}
      onKeyDown={onKeyDown}
    />
  );
}
