// SPDX-License-Identifier: Apache-2.0
/** Connects to Tempo and Loki: pools of channels, health, time-outs and retries. */
@NullMarked
package io.spanway.upstream;

import org.jspecify.annotations.NullMarked;
