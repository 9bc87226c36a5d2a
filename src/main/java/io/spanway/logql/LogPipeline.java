// SPDX-License-Identifier: Apache-2.0
package io.spanway.logql;

import java.util.List;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * A stream selector with the stages that belong to it.
 *
 * @param stages in text order, {@link PipelineStage.Unwrap} and the filters behind it included
 * @param range from the selector's opening brace to the end of the last stage; a range window that
 *     stands between them lies inside
 * @param rangeWindow the {@code [5m]} of a range aggregation, brackets included, or null
 * @param filterInsertionPoint where {@code " | (…)"} may be inserted so that the label filter comes
 *     before every parser
 * @param lineFilterInsertionPoint where {@code " |= …"} may be inserted before every other stage;
 *     empty for {@code ({…})[5m] | unwrap x}, where no line filter may stand
 */
public record LogPipeline(
    StreamSelector selector,
    List<PipelineStage> stages,
    SourceRange range,
    @Nullable SourceRange rangeWindow,
    int filterInsertionPoint,
    OptionalInt lineFilterInsertionPoint) {

  public LogPipeline {
    stages = List.copyOf(stages);
  }
}
