import type { AnyValue, Mark } from '@hanok/contract';
import { anyValueText } from '../format/any-value.ts';
import { visibleName } from '../format/visible.ts';
import { type MessageId, t } from '../i18n/index.ts';
import { Badge } from './badge.tsx';

/** What each mark says to a person; the mark itself, as it is searched for (`mark:…`), is the title. */
const WORDS: Readonly<Record<Mark, MessageId>> = {
  'time-placed': 'kit.mark.timePlaced',
  'time-missing': 'kit.mark.timeMissing',
  'end-before-start': 'kit.mark.endBeforeStart',
  'value-cut': 'kit.mark.valueCut',
  'key-cut': 'kit.mark.keyCut',
  'attributes-dropped': 'kit.mark.attributesDropped',
  'depth-cut': 'kit.mark.depthCut',
  'severity-derived': 'kit.mark.severityDerived',
  'business-id-differed': 'kit.mark.businessIdDiffered',
  'service-missing': 'kit.mark.serviceMissing',
  'utf8-repaired': 'kit.mark.utf8Repaired',
  'severity-out-of-range': 'kit.mark.severityOutOfRange',
  'id-unreadable': 'kit.mark.idUnreadable',
  'keys-repeated': 'kit.mark.keysRepeated',
  'enum-unknown': 'kit.mark.enumUnknown',
  'name-limited': 'kit.mark.nameLimited',
};

export function markText(mark: Mark): string {
  return t(WORDS[mark]);
}

/** What was changed or noticed on a record when it was taken in. */
export function MarkList({ marks }: { readonly marks: readonly Mark[] }) {
  return marks.map((mark) => (
    <Badge key={mark} tone="warn" title={`mark:${mark}`}>
      {markText(mark)}
    </Badge>
  ));
}

/** Where intake keeps a `business_id` that was sent and is not the tenant's (server: pipeline/vocabulary.ts). */
const CLAIM = 'hanok.claimed_business_id';

interface Claiming {
  readonly attributes: Readonly<Record<string, AnyValue>>;
  readonly resource: { readonly attributes: Readonly<Record<string, AnyValue>> };
}

/** The other tenant that a record or its resource claimed to be of, as sent; nobody is believed. At most one. */
export function claims({ attributes, resource }: Claiming): readonly string[] {
  const claim = attributes[CLAIM] ?? resource.attributes[CLAIM];
  return claim === undefined ? [] : [visibleName(anyValueText(claim))];
}
