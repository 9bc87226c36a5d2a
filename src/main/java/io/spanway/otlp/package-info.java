// SPDX-License-Identifier: Apache-2.0
/** Reads the traces that Tempo answers with, in OpenTelemetry's JSON and protobuf encodings. */
@NullMarked
package io.spanway.otlp;

import org.jspecify.annotations.NullMarked;
