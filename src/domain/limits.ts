/** Sizes that more than one floor must agree on. Bytes unless said otherwise. */
export const KIB = 1024;
export const MIB = 1024 * 1024;
export const GIB = 1024 * MIB;

/** A source's bytes are cut here, always from offset 0, so that equal prefixes share blocks by hash. */
export const BLOCK = 128 * KIB;
/** A longer line is archived whole, but only its first OVERSIZE_HEAD bytes are read for events. */
export const OVERSIZE = 16 * MIB;
export const OVERSIZE_HEAD = 256 * KIB;
/** Decoded body of one ingest request. */
export const BODY_MAX = 64 * MIB;
/** Characters of a text in a list of events; longer ones are cut and marked `truncated`. */
export const TEXT_MAX = 16 * KIB;
