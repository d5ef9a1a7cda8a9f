import { z } from 'zod';

/**
 * Characters that make a name look like another one or spoil the line it stands in: control characters, those that turn
 * the direction of writing (Unicode's Bidi_Control), and line and paragraph separators.
 */
const UNPRINTABLE = /[\p{Cc}\p{Bidi_Control}\u2028\u2029]/u;

/** A name that people give to a key or a tenant. */
export const displayName = z
  .string()
  .min(1)
  .max(128)
  .refine((name) => !UNPRINTABLE.test(name), 'must not contain control characters or marks of writing direction')
  .refine((name) => name.trim() !== '', 'must not be empty')
  .transform((name) => name.trim());
