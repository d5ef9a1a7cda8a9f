import { Button } from './button.tsx';
import { Empty } from './states.tsx';

interface Props {
  /** Whether a search is in force: then it is the search that found nothing, else nothing was ever sent. */
  readonly filtered: boolean;
  readonly words: {
    readonly empty: string;
    readonly emptyWhy: string;
    readonly none: string;
    readonly noneWhy: string;
    readonly stretch: string;
    readonly clear: string;
    readonly setUp: string;
  };
  readonly onClear: () => void;
  readonly onStretch: () => void;
  readonly onSetUp: () => void;
}

/** An explorer without rows: why, and the two things that may help. */
export function NothingFound({ filtered, words, onClear, onStretch, onSetUp }: Props) {
  return (
    <Empty
      title={filtered ? words.empty : words.none}
      why={filtered ? words.emptyWhy : words.noneWhy}
      action={
        <>
          <Button tone="primary" onClick={onStretch}>
            {words.stretch}
          </Button>
          {filtered ? (
            <Button onClick={onClear}>{words.clear}</Button>
          ) : (
            <Button onClick={onSetUp}>{words.setUp}</Button>
          )}
        </>
      }
    />
  );
}
