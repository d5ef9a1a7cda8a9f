import { z } from 'zod';

/**
 * Characters that make a name look like another one or spoil the line it stands in: control characters, those that turn
 * the direction of writing (Unicode's Bidi_Control), those that are not seen (Default_Ignorable_Code_Point: spaces without
 * width, fillers of Hangul, tags; but not what joins and styles emoji), halves of surrogate pairs, and line and paragraph separators.
 */
const UNPRINTABLE =
  /[\p{Cc}\p{Cs}\p{Bidi_Control}\u2028\u2029]|(?![\u200d\ufe0e\ufe0f])\p{Default_Ignorable_Code_Point}/u;

/** A name that people give to a key or a tenant. */
export const displayName = z
  .string()
  .min(1)
  .max(128)
  .refine(
    (name) => !UNPRINTABLE.test(name),
    'must not contain control characters, marks of writing direction or other characters that are not seen',
  )
  .refine((name) => name.trim() !== '', 'must not be empty')
  .transform((name) => name.trim());
