import { MARK_BITS } from '#base';

/** Marks that a receiver gives: what it could not read and left out. */
export const ID_UNREADABLE = MARK_BITS['id-unreadable'];
export const ENUM_UNKNOWN = MARK_BITS['enum-unknown'];
