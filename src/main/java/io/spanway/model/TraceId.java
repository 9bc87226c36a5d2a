// SPDX-License-Identifier: Apache-2.0
package io.spanway.model;

import java.util.List;

/**
 * The ID of a trace.
 *
 * @param hex 32 lower-case hex digits, not all zero (W3C Trace Context, 3.2.2.3); shorter IDs as
 *     older tracers make them are padded with zeros on the left, as Tempo does
 */
public record TraceId(String hex) {
  private static final int DIGITS = 32;
  private static final String WHAT = "a trace ID";

  /** Requires the canonical form; {@link #parse} reads the others. */
  public TraceId {
    HexIds.requireCanonical(hex, DIGITS, WHAT);
  }

  /**
   * Reads 1 to 32 hex digits in any case, with dashes anywhere.
   *
   * @throws IllegalArgumentException if {@code text} is no such ID or only zeros; the message says
   *     what an ID is and is fit for a client
   */
  public static TraceId parse(String text) {
    return new TraceId(HexIds.canonical(text, DIGITS, WHAT));
  }

  /**
   * How this ID may be written in a log line, most likely first: lower case, upper case, and both
   * without leading zeros when at least 15 digits remain. No spelling occurs twice.
   */
  public List<String> spellings() {
    return HexIds.spellings(hex);
  }

  /** What a field that holds this ID alone is compared with: padded, then without zeros. */
  public List<String> fieldValues() {
    return HexIds.fieldValues(hex);
  }

  /**
   * Whether looking for this ID in the text of lines makes sense: with fewer than 15 digits after
   * its leading zeros it is only compared with fields.
   */
  public boolean searchableInLines() {
    return HexIds.isLong(hex);
  }

  @Override
  public String toString() {
    return hex;
  }
}
